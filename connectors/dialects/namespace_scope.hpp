// Which namespaces an XML document's prefixes stand for, while its elements are walked.
#pragma once

#include "connectors/dialects/readers.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tongban::dialects {

// In force at one place: every element's prefix is looked for among them.
inline constexpr std::size_t bindings_max = 256;

// Namespaces that are in force while elements are walked: prefix → our number of the URI.
class namespace_scope {
public:
    explicit namespace_scope(const std::vector<xml_namespace>& known) : known_(known) {}

    // False when too many are in force.
    bool enter(const pugi::xml_node& element, std::uint32_t depth) {
        while (!bindings_.empty() && bindings_.back().depth >= depth) {
            bindings_.pop_back();
        }
        for (const auto attribute : element.attributes()) {
            const std::string_view name = attribute.name();
            if (name == "xmlns" || name.starts_with("xmlns:")) {
                if (bindings_.size() == bindings_max) {
                    return false;
                }
                bindings_.push_back({name.size() > 6 ? name.substr(6) : std::string_view(),
                                     number(attribute.value()), depth});
            }
        }
        return true;
    }

    std::uint16_t of(std::string_view prefix) const {
        if (prefix == "xml") {
            return number("http://www.w3.org/XML/1998/namespace"); // always in force
        }
        const auto found = std::find_if(bindings_.rbegin(), bindings_.rend(),
                                        [&](const binding& b) { return b.prefix == prefix; });
        return found == bindings_.rend() ? 0 : found->number;
    }

private:
    std::uint16_t number(std::string_view uri) const {
        const auto found =
            std::find_if(known_.begin(), known_.end(), [&](const xml_namespace& n) { return n.uri == uri; });
        return found == known_.end() ? 0 : static_cast<std::uint16_t>(found - known_.begin() + 1);
    }

    struct binding {
        std::string_view prefix;
        std::uint16_t number;
        std::uint32_t depth;
    };
    const std::vector<xml_namespace>& known_;
    std::vector<binding> bindings_;
};

} // namespace tongban::dialects
