// Pushes deliveries to one target: an HTTPS client with a bounded pool of kept connections. Everything a
// target can do wrong ends as a push_failure within the deadlines. Redirects are not followed, the
// environment's proxies are not used: only the configured host is ever contacted. Deciding what an answer
// means, retrying and circuit breaking are the caller's.
#pragma once

#include "connectors/push/push_answer.hpp"
#include "connectors/push/push_failure.hpp"
#include "connectors/push/push_target.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tongban::push {

struct push_request {
    std::string content_type;
    std::string body;
    header_fields headers; // after the target's own
    // True when the request carries an id by which the target knows a repetition. Only then is it sent a
    // second time by itself: once, on a new connection, when a kept connection broke before a byte of the
    // answer came.
    bool repeatable = false;
};

// Counts since open(), and two levels. Plain numbers: whoever shows them names them.
struct push_statistics {
    std::uint64_t requests = 0; // post() calls
    std::uint64_t answers = 0;  // of any status
    std::uint64_t answers_truncated = 0;
    std::uint64_t repeated = 0;            // requests sent again after a kept connection broke
    std::uint64_t connections_opened = 0;  // with a finished handshake
    std::uint64_t connections_reused = 0;  // requests on a kept connection
    std::uint64_t connections_idled = 0;   // closed after idle_max without use
    std::uint64_t connections_dropped = 0; // kept, and found closed by the target or older than a reload
    std::uint64_t bytes_sent = 0;          // HTTP, without TLS
    std::uint64_t bytes_received = 0;
    std::array<std::uint64_t, errc_count> failures{}; // by errc: failures[code - 1]
    std::uint64_t connections_busy = 0;               // level: requests under way
    std::uint64_t connections_idle = 0;               // level
    std::uint64_t of(errc code) const { return failures[static_cast<std::size_t>(code) - 1]; }
};

// What whoever pushes needs of a client: the seam between deliveries and the network.
class push_port {
public:
    using outcome = boost::system::result<push_answer, push_failure>;
    virtual ~push_port() = default;

    // Sends one request and gives the target's answer, whatever its status; at most total_deadline later. The
    // caller may cancel it (terminal cancellation). pool_busy at once when connections_max requests are under
    // way: there is no queue here. May be awaited after the client is gone.
    virtual boost::asio::awaitable<outcome> post(push_request request) = 0;

    // Reads the certificate files again. New connections use what they hold; requests under way end as they
    // began, on connections that are not kept afterwards. On a mistake, or when targets would refuse our certificate,
    // what it is, and nothing changes. Reads files: not for an I/O thread that must not wait.
    virtual boost::system::result<void, std::string> reload() = 0;
};

// Thread-safe. Works on a strand of the executor it was given. Destroying it ends requests under way with
// errc::closed, as soon as the executor runs; nothing waits for them.
class push_client final : public push_port {
public:
    // Reads the certificate files. Every mistake in the settings at once, a sentence each.
    static boost::system::result<std::unique_ptr<push_client>, std::vector<std::string>>
    open(const boost::asio::any_io_executor& executor, const push_target& target);
    ~push_client() override;
    push_client(const push_client&) = delete;
    push_client& operator=(const push_client&) = delete;

    boost::asio::awaitable<outcome> post(push_request request) override;
    boost::system::result<void, std::string> reload() override;

    push_statistics statistics() const;

private:
    class pool;
    explicit push_client(std::shared_ptr<pool> made);
    std::shared_ptr<pool> pool_;
};

} // namespace tongban::push
