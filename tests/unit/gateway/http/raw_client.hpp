// A blocking client that sends bytes as they are, right or wrong. No call waits longer than `patience`: a test then
// fails instead of hanging.
#pragma once

#include "certificates.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace tongban::testing {

struct answer {
    int status = 0;
    std::map<std::string, std::string> fields; // names in lower case
    std::string body;
    std::string head;
    bool closes() const;
    std::string field(const std::string& name) const;
};

class raw_client {
public:
    struct options {
        std::optional<identity> own;    // client certificate
        std::string trusted;            // PEM of the server's CA; empty: plain TCP
        int version_max = 0;            // TLS1_2_VERSION
        std::string cipher_list{};      // for TLS 1.2
        ssl_session_st* session = nullptr;
        int receive_buffer = 0;         // SO_RCVBUF
        std::chrono::seconds patience{20};
    };
    raw_client(std::uint16_t port, const options& o);
    ~raw_client();
    raw_client(const raw_client&) = delete;

    // Of the TLS handshake, as the client sees it. In TLS 1.3 a refusal shows at the first read only.
    bool connected() const noexcept { return connected_; }
    // False when the connection broke.
    bool send(std::string_view bytes);
    // The next response, or status 0 when the connection ended before it was whole. Skips nothing: 100 is a response.
    answer read(bool head_only = false);
    answer ask(std::string_view bytes) {
        send(bytes);
        return read();
    }
    // The next chunk of a chunked body, behind its head; empty for the last one, and when the connection ended.
    std::string chunk();
    // Everything until the server closes.
    std::string rest();
    // True when the server closes without another byte.
    bool at_end();
    bool resumed() const;
    std::string cipher() const;
    // After at least one answer, so that the ticket has arrived.
    ssl_session_st* session() const;
    int descriptor() const noexcept { return descriptor_; }
    // Last error of OpenSSL, by name: "tlsv13 alert certificate required".
    const std::string& error() const noexcept { return error_; }

private:
    // Bytes into the buffer; false at the end.
    bool more();
    void handshake(const options& o);

    int descriptor_ = -1;
    ssl_ctx_st* context_ = nullptr;
    ssl_st* ssl_ = nullptr;
    bool connected_ = false;
    std::string buffer_;
    std::string error_;
};

void free_session(ssl_session_st* session);

} // namespace tongban::testing
