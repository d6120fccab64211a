// The part of a connection that gives a handler its body while it arrives. It exists only as long as that handler runs.
#pragma once

#include "gateway/http/message.hpp"
#include "gateway/http/refusals.hpp"

#include <optional>

namespace tongban::http {

class connection;

class arriving final : public arriving_body {
public:
    explicit arriving(connection& of) : of_(of) {}
    boost::asio::awaitable<piece> next() override;
    boost::asio::awaitable<void> tell(std::string status_and_fields) override;

    // After the handler: nobody is left to be answered.
    bool client_gone() const noexcept { return gone_; }
    // The body was read to its end, so another request may follow.
    bool whole() const noexcept { return whole_; }
    // What the server itself has to say: too large, too slow, broken, the certificate is good no more, or the server stops.
    std::optional<refusals::refusal> refusal() const;

private:
    connection& of_;
    std::optional<refusals::refusal> refused_; // by its certificate, as it stands when the body is there
    bool gone_ = false;
    bool whole_ = false;
    bool invited_ = false;
    bool late_ = false;
    bool stopping_ = false;
};

} // namespace tongban::http
