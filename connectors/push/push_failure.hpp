// Why a push brought no answer. Each code says who acts; push_failure says whether the target may have the
// message.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace tongban::push {

// The comment says whether the same request may succeed later by itself, or who must act.
enum class errc {
    not_resolved = 1,      // later: the name server, or the configured name
    connection_refused,    // later: nothing listens at the target's port
    unreachable,           // later: no route to the target
    connect_timeout,       // later: look-up or connection took longer than allowed
    tls_failed,            // an operator: no common protocol, or the target does not take our certificate
    tls_timeout,           // later
    certificate_untrusted, // an operator and the partner: not issued by the configured authority, or a broken
                           // chain
    certificate_expired,   // the partner: expired, or not valid yet
    certificate_revoked,   // the partner
    certificate_wrong_name, // the partner: not made for the host that is configured
    certificate_not_pinned, // an operator and the partner: a valid certificate of somebody else
    read_timeout,           // later: nothing came or could be sent for as long as allowed
    total_timeout,          // later: the whole exchange took longer than allowed
    reset,                  // later: the connection broke
    closed_early,           // later: closed before the answer was whole
    malformed,              // the partner: no HTTP/1 answer
    answer_too_large,       // the partner: the answer's header is larger than the bound (see also
                            // push_answer::truncated)
    pool_busy,              // later: as many requests as allowed are under way to this target
    request_refused,        // a fault of ours: a header of the request cannot be sent
    cancelled,              // the caller did not want to wait any longer
    closed,                 // the client is being destroyed
};
// How many codes there are; they are 1 … errc_count.
inline constexpr int errc_count = static_cast<int>(errc::closed);

// Stable snake_case name for metrics and logs: "certificate_not_pinned".
std::string_view name_of(errc code) noexcept;
// A sentence for people: English (message of the category) and Chinese.
std::string_view text_zh(errc code) noexcept;
// The same of a name; empty for one that is none.
std::string_view text_zh(std::string_view name) noexcept;

const boost::system::error_category& push_category() noexcept;
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), push_category()};
}

// `reached` false: the target cannot have received a byte of the request, sending it again cannot repeat
// anything. True: it may have received, and done, all of it. `text` names the place and the system's reason
// in English; it holds nothing of the message.
struct push_failure {
    errc code = errc::closed;
    bool reached = false;
    std::string text;
};

// For result::value(), which throws boost::system::system_error with the code and the text.
[[noreturn]] void throw_exception_from_error(const push_failure& failure,
                                             const boost::source_location& place);

} // namespace tongban::push

template <>
struct boost::system::is_error_code_enum<tongban::push::errc> : std::true_type {};
