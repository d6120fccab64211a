// Records that a newer version of Tongban wrote into a ledger that this one shares with it, as while replicas are upgraded one
// after the other. To fold them as if they said nothing would show states that are not so: who meets one stops there.
#pragma once

#include "tongban/v1/ledger.pb.h"

#include <boost/system/error_code.hpp>

namespace tongban::ledger {

enum class record_errc {
    newer_version = 1, // the record says what this version does not know; upgrade
};
const boost::system::error_category& record_category() noexcept;
inline boost::system::error_code make_error_code(record_errc e) noexcept {
    return {static_cast<int>(e), record_category()};
}

// An event, a fact or rules of clocks that came after this version. A new field of an event that is known is none: it is
// left out, as Protobuf has it. Thread-safe.
bool is_of_newer_version(const v1::LedgerRecord& record);

} // namespace tongban::ledger

template <>
struct boost::system::is_error_code_enum<tongban::ledger::record_errc> : std::true_type {};
