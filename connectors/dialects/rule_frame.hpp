// What is being filled while a list of rules runs.
#pragma once

#include "connectors/dialects/rule_reader.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace tongban::dialects {

// The messages that one list of rules fills, made when a rule first needs them.
class rule_reader::frame {
public:
    frame(const rule_list& list, path_base where, google::protobuf::Message& target, const entry_name* in,
          std::size_t nesting)
        : base(where), name_of_entry(in), depth(nesting), list_(list),
          messages_(std::max<std::size_t>(list.slots.size(), 1)) {
        messages_[0] = &target;
    }

    google::protobuf::Message& message(std::uint16_t slot) {
        if (messages_[slot] == nullptr) {
            const message_slot& s = list_.slots[slot];
            messages_[slot] = &s.access.make(message(s.parent));
        }
        return *messages_[slot];
    }

    std::string name(const field_rule& rule) const {
        auto text = spell(name_of_entry);
        return text.empty() ? rule.name : rule.name.empty() ? text : text + '.' + rule.name;
    }

    path_base base;
    const entry_name* name_of_entry; // "dossier.materials[1]"
    std::size_t depth;

private:
    const rule_list& list_;
    boost::container::small_vector<google::protobuf::Message*, 32> messages_;
};

} // namespace tongban::dialects
