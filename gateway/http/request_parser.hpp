// One request's head and framing, on Beast's incremental parser. Stricter than it where servers in a chain could
// disagree about where a request ends (request smuggling). Knows nothing of sockets: fuzzed as it is.
#pragma once

#include "gateway/http/body_sink.hpp"
#include "gateway/http/message.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::http {

enum class parse_fault {
    none,
    malformed,         // 400
    target_too_long,   // 414
    header_too_large,  // 431
    version,           // 505
    transfer_encoding, // 501
    body,              // see body_sink::fault
};

// What is wrong with a malformed request, for the problem's detail. Fixed texts: nothing of the request is in them.
struct malformation {
    const char* zh = "";
    const char* en = "";
};

struct parser_limits {
    std::size_t header_bytes_max = 16UL * 1024; // request line and fields
    std::size_t target_bytes_max = 8UL * 1024;
    std::size_t fields_max = 100;
    std::size_t chunk_line_bytes_max = 4UL * 1024; // chunk size with its extensions; trailers
};

class request_parser final : private boost::beast::http::basic_parser<true> {
public:
    // `limits` and `body` outlive the parser.
    request_parser(const parser_limits& limits, body_sink& body);

    enum class progress { more, head, complete, failed };
    struct step {
        progress state = progress::more;
        std::size_t consumed = 0;
    };
    // Takes bytes; unconsumed ones come again in front of further ones. Stops once at the end of the head (`head`),
    // then reads the body into the sink up to `complete`. A request without body gives `head`, then `complete`.
    step feed(std::string_view bytes);
    parse_fault fault() const noexcept { return fault_; }
    // Empty texts unless fault() is `malformed`.
    malformation what() const noexcept { return malformation_; }

    // Valid from `head` on, as long as the parser lives.
    http::method method() const noexcept { return method_; }
    std::string_view target() const noexcept { return value(known::target); }
    std::string_view content_type() const noexcept { return value(known::content_type); }
    std::string_view content_encoding() const noexcept { return value(known::content_encoding); }
    std::string_view accept() const noexcept { return value(known::accept); }
    std::string_view idempotency_key() const noexcept { return value(known::idempotency_key); }
    std::string_view dialect() const noexcept { return value(known::dialect); }
    std::string_view attempt() const noexcept { return value(known::attempt); }
    std::string_view request_id() const noexcept { return value(known::request_id); }
    std::string_view traceparent() const noexcept { return value(known::traceparent); }
    std::string_view last_event_id() const noexcept { return value(known::last_event_id); }
    std::string_view expect() const noexcept { return value(known::expect); }
    file_fields files() const noexcept;
    // 0 for a chunked body.
    std::uint64_t declared_length() const { return basic_parser::content_length().value_or(0); }
    std::optional<std::uint64_t> content_length() const {
        const auto given = basic_parser::content_length();
        return given ? std::optional<std::uint64_t>(*given) : std::nullopt;
    }
    bool is_http_1_0() const noexcept { return version_ == 10; }
    // False also before the head is whole: nothing follows a request that was not understood.
    bool may_keep_alive() const { return is_header_done() && fault_ == parse_fault::none && keep_alive(); }
    bool head_done() const { return is_header_done(); }
    bool has_body() const noexcept { return has_body_; }
    bool complete() const { return is_done(); }

private:
    enum class known {
        target,
        host,
        content_type,
        content_length,
        transfer_encoding,
        content_encoding,
        accept,
        idempotency_key,
        dialect,
        attempt,
        request_id,
        traceparent,
        last_event_id,
        expect,
        range,
        if_range,
        if_none_match,
        content_disposition,
        content_digest,
        repr_digest,
        upload_offset,
        upload_complete,
        upload_length,
        upload_interop,
        count
    };
    struct place {
        std::uint32_t at = 0;
        std::uint32_t size = 0;
        bool seen = false;
    };
    using field = boost::beast::http::field;
    using verb = boost::beast::http::verb;
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;

    static known which(field id, std::string_view name) noexcept;
    static known which_of_files(std::string_view name) noexcept;
    std::string_view value(known k) const noexcept;
    void keep(known k, std::string_view text);
    void fail(parse_fault fault, error_code& ec);
    void malformed(malformation what, error_code& ec);
    void check_head(error_code& ec);

    void on_request_impl(verb id, string_view name, string_view target, int version, error_code& ec) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field id, string_view name, string_view value, error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override;
    std::size_t on_body_impl(string_view bytes, error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, string_view bytes, error_code& ec) override;
    void on_finish_impl(error_code& ec) override;

    const parser_limits& limits_;
    body_sink& body_;
    parse_fault fault_ = parse_fault::none;
    malformation malformation_;
    http::method method_ = method::other;
    int version_ = 11;
    bool has_body_ = false;
    bool head_reported_ = false;
    std::size_t head_bytes_ = 0;
    std::size_t fields_ = 0;
    std::array<place, static_cast<std::size_t>(known::count)> places_{};
    std::string text_; // the values we keep, one after another
};

} // namespace tongban::http
