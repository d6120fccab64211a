// One TLS connection to a target: connects, checks, sends a request and reads its answer, each within its
// deadline. Lives on the strand of its pool; one coroutine uses it at a time. Seen only inside
// connectors/push: this header draws in Asio's TLS.
#pragma once

#include "connectors/push/answer_parser.hpp"
#include "connectors/push/push_failure.hpp"
#include "connectors/push/push_target.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::push {

class connection : public std::enable_shared_from_this<connection> {
public:
    using clock = std::chrono::steady_clock;
    using tcp = boost::asio::ip::tcp;

    // What came of one request.
    struct attempt {
        boost::system::result<push_answer, push_failure> outcome;
        bool answer_begun = false; // a byte of an answer came
        bool reusable = false;     // the connection may carry another request
        std::uint64_t bytes_sent = 0;
        std::uint64_t bytes_received = 0;
    };

    // `settings`, `to` and `known` outlive the connection. `known` are the target's addresses as last looked
    // up; they serve while the name server fails, and are kept up to date.
    connection(const boost::asio::any_io_executor& strand, const push_target& settings,
               const push_address& to, std::shared_ptr<const security::client_tls> tls,
               std::vector<tcp::endpoint>& known);

    // Looks up, connects, shakes hands, all before `total_due`.
    boost::asio::awaitable<boost::system::result<void, push_failure>> open(clock::time_point total_due);
    // Sends one request, in two parts, and reads its answer. The parts outlive the call.
    boost::asio::awaitable<attempt> exchange(std::string_view head, std::string_view body,
                                             clock::time_point total_due);
    // False when the target closed the connection, or sent what nobody asked for, while it was idle.
    bool still_usable();
    // Ends whatever is under way, with errc::closed.
    void close();
    const std::shared_ptr<const security::client_tls>& tls() const noexcept { return tls_; }
    // Of the certificate that the target showed.
    const std::string& target_serial() const noexcept { return target_serial_; }

private:
    struct lookup;
    using failure = push_failure;
    enum class limit { none, step, total };

    void allow(std::chrono::milliseconds step);
    void watch();
    void give_up();
    boost::asio::awaitable<boost::system::result<std::vector<tcp::endpoint>, push_failure>> resolve();
    boost::asio::awaitable<boost::system::result<void, push_failure>> connect();
    boost::asio::awaitable<boost::system::result<void, push_failure>> handshake();
    boost::asio::awaitable<boost::system::error_code> send(std::string_view head, std::string_view body,
                                                           attempt& now);
    boost::asio::awaitable<void> receive(attempt& now, boost::system::error_code sent);
    // What `reason` means; `step` is the code for a deadline of the present step.
    failure failed(errc otherwise, errc step, bool reached, const std::string& reason) const;
    failure failed(boost::system::error_code ec, errc otherwise, errc step, bool reached) const;

    const push_target& settings_;
    const push_address& to_;
    std::shared_ptr<const security::client_tls> tls_;
    std::vector<tcp::endpoint>& known_;
    tcp::socket socket_;
    tcp::resolver resolver_;
    std::shared_ptr<lookup> lookup_;
    std::optional<boost::asio::ssl::stream<tcp::socket&>> stream_;
    std::string target_serial_;
    boost::asio::steady_timer timer_;
    clock::time_point total_due_ = clock::time_point::max();
    clock::time_point due_ = clock::time_point::max(); // of the present step, never after total_due_
    limit passed_ = limit::none;
    bool closed_ = false;
};

} // namespace tongban::push
