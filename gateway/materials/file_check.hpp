// What one file of a message is checked for before it counts: content against what was said of it and by the scanner,
// references against what is stored and who may refer to it. Each step blocks, and is for a worker.
#pragma once

#include "gateway/materials/room.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tongban::materials {

// One file, and what came of looking at it. Its own, so that a step that outlasts its request has what it looks at.
struct file_work {
    enum class kind { content, reference };
    // What the file turns out to be.
    enum class standing {
        open,      // nothing was found out: `later` says why
        refused,   // `fault`
        stored,    // in the store, and the sender may refer to it
        inside,    // small: it stays in the message
        not_put,   // large, and the store cannot be reached: `error`
        not_known, // of a reference that cannot be looked up now: `error`
        elsewhere, // the sender's own: the gateway does not have it
    };

    std::uint32_t number = 0;                 // in the dossier
    v1::MaterialFile said;                    // without its content
    std::shared_ptr<std::string> content;     // null: a reference
    bool is_read_still = false;               // the content, by a step that was not waited for
    std::string name;                         // its SHA-256, hexadecimal
    standing is = standing::open;
    ledger::files_taken::fault fault; // without its place
    std::optional<ledger::files_taken::delay> later;
    boost::system::error_code error{};
    std::optional<bool> seen_in_a_case; // of a reference; nullopt: not looked up, or the view cannot be read

    kind what() const noexcept { return content ? kind::content : kind::reference; }
    void refuse(const char* rule, std::string zh, std::string en);
    void cannot_be_asked(boost::system::error_code why); // the store, for a reference
};

// Of content: name and digests. Local.
void check_digests(room& in, file_work& work);
// Of content that is to be scanned: written beside, under the bounds of unfinished uploads. Local.
boost::system::result<std::shared_ptr<upload>> write_beside(room& in, const ledger::files_of_message& from,
                                                            const std::string& content);
// Of a reference: whether the region sees it in a case. Local.
void look_into_cases(const room& in, const std::string& region, file_work& work);
// Of a reference, after that: whether it is there, is its sender's, and is what was said of it. Asks the store.
void look_into_store(room& in, const ledger::files_of_message& from, file_work& work);

// SM3 of a stored file, in hexadecimal digits: remembered, else read. nullopt: it is damaged, or cannot be read.
std::optional<std::string> sm3_of_stored(room& in, const std::string& name, std::uint64_t size);

} // namespace tongban::materials
