// What one file of a message is checked for before it counts: content against what was said of it and by the scanner,
// references against what is stored and who may refer to it. Blocks; for a worker.
#pragma once

#include "gateway/materials/room.hpp"

#include <optional>
#include <string>

namespace tongban::materials {

// One file, and what came of looking at it.
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
    file_work(std::uint32_t number_in_dossier, v1::MaterialFile& of, kind kind_of_file)
        : number(number_in_dossier), file(&of), what(kind_of_file), name(of.sha256()) {}

    std::uint32_t number;
    v1::MaterialFile* file;
    kind what;
    std::string name; // its SHA-256, hexadecimal
    standing is = standing::open;
    ledger::files_taken::fault fault; // without its place
    std::optional<ledger::files_taken::delay> later;
    boost::system::error_code error{};
};

void check_content(room& in, const ledger::files_of_message& from, file_work& work);
void check_reference(room& in, const ledger::files_of_message& from, file_work& work);

// SM3 of a stored file, in hexadecimal digits: remembered, else read. nullopt: it is damaged, or cannot be read.
std::optional<std::string> sm3_of_stored(room& in, const std::string& name, std::uint64_t size);
// Whether the region may refer to the file by what the ledger says: it sees it in a case, whoever sent it.
boost::system::result<bool> is_seen_in_a_case(const room& in, const std::string& region, const std::string& name);
// Whether it may by the note beside the file, and the file is there and stays: its facts.
boost::system::result<std::optional<objects::object_facts>> sent_by(const room& in, const ledger::files_of_message& from,
                                                                    const std::string& name);

} // namespace tongban::materials
