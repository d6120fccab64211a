// Beast checks the grammar; here stands what RFC 9112 leaves to a careful server: one framing, one Host, no field
// twice that must be unique, bounds on everything.
#include "gateway/http/request_parser.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace tongban::http {

namespace {

using boost::beast::iequals;

constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t line_bytes_around_target = method_bytes_max + sizeof("  HTTP/1.1\r\n");

http::method method_of(boost::beast::http::verb id) noexcept {
    using boost::beast::http::verb;
    switch (id) {
    case verb::get: return method::get;
    case verb::head: return method::head;
    case verb::post: return method::post;
    case verb::put: return method::put;
    case verb::patch: return method::patch;
    case verb::delete_: return method::delete_;
    case verb::options: return method::options;
    default: return method::other;
    }
}

std::string_view standard(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

// Beast calls all that does not end in "HTTP/1.x" and CRLF a bad version; only another version is one.
bool names_another_version(std::string_view bytes) noexcept {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    const std::size_t at = line.rfind(" HTTP/");
    if (at == std::string_view::npos || line.size() - at != 10 || line.back() != '\r') {
        return false;
    }
    const char major = line[at + 6];
    const char minor = line[at + 8];
    return major >= '0' && major <= '9' && line[at + 7] == '.' && minor >= '0' && minor <= '9';
}

// Beast 1.81 aborts when the end of an empty chunked body reaches it in pieces ("0\r\n", then "\r"). Whatever is whole
// ends with "0\r\n\r\n", so waiting for that many bytes waits for nothing that will not come.
constexpr std::size_t last_chunk_bytes = 5;

bool all_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

request_parser::request_parser(const parser_limits& limits, body_sink& body) : limits_(limits), body_(body) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max + limits.target_bytes_max));
    body_limit(boost::none); // the sink's bounds depend on the route
    text_.reserve(256);
}

request_parser::step request_parser::feed(std::string_view bytes) {
    if (fault_ != parse_fault::none) {
        return {progress::failed, 0};
    }
    if (is_header_done() && !head_reported_) {
        head_reported_ = true;
        return {progress::head, 0};
    }
    if (is_done()) {
        return {progress::complete, 0};
    }
    const bool in_body = is_header_done();
    if (in_body && chunked() && bytes.size() < last_chunk_bytes) {
        return {progress::more, 0};
    }
    eager(in_body);
    error_code ec;
    const std::size_t consumed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    const std::size_t left = bytes.size() - consumed;
    head_bytes_ += in_body ? 0 : consumed;
    // Bounds on what is unfinished are the same as on what is whole: a request means the same however it is cut.
    if (!ec || ec == boost::beast::http::error::need_more) {
        const std::size_t head = head_bytes_ + (is_header_done() ? 0 : left);
        // Beast looks at the first line when the whole head is there.
        const auto line_max = limits_.target_bytes_max + line_bytes_around_target;
        if (!in_body && left > line_max && !places_[0].seen &&
            bytes.substr(consumed, line_max).find('\n') == std::string_view::npos) {
            fail(parse_fault::target_too_long, ec);
        } else if (!in_body && head > limits_.header_bytes_max) {
            fail(parse_fault::header_too_large, ec);
        } else if (in_body && !is_done() && left > limits_.chunk_line_bytes_max) {
            malformed({"分块扩展或尾部字段过长", "chunk extension or trailer too long"}, ec);
        }
    } else if (ec == boost::beast::http::error::header_limit) {
        fail(parse_fault::header_too_large, ec);
    } else if (ec == boost::beast::http::error::bad_version && names_another_version(bytes)) {
        fail(parse_fault::version, ec);
    } else if (fault_ == parse_fault::none) {
        malformed({"不是合格的 HTTP 请求", "not a well-formed HTTP request"}, ec);
    }
    if (fault_ != parse_fault::none) {
        return {progress::failed, consumed};
    }
    if (is_header_done() && !head_reported_) {
        head_reported_ = true;
        return {progress::head, consumed};
    }
    return {is_done() ? progress::complete : progress::more, consumed};
}

void request_parser::fail(parse_fault fault, error_code& ec) {
    if (fault_ == parse_fault::none) {
        fault_ = fault;
    }
    ec = boost::beast::http::error::bad_value;
}

void request_parser::malformed(malformation what, error_code& ec) {
    if (fault_ == parse_fault::none) {
        malformation_ = what;
    }
    fail(parse_fault::malformed, ec);
}

std::string_view request_parser::value(known k) const noexcept {
    const place& p = places_[static_cast<std::size_t>(k)];
    return std::string_view(text_).substr(p.at, p.size);
}

void request_parser::keep(known k, std::string_view text) {
    places_[static_cast<std::size_t>(k)] = {static_cast<std::uint32_t>(text_.size()),
                                            static_cast<std::uint32_t>(text.size()), true};
    text_ += text;
}

// Fields of RFC 9530 and of resumable uploads (draft-ietf-httpbis-resumable-upload) that Beast does not know.
request_parser::known request_parser::which_of_files(std::string_view name) noexcept {
    if (name.size() < 11) {
        return known::count;
    }
    static constexpr std::array<std::pair<std::string_view, known>, 6> names{
        {{"content-digest", known::content_digest},
         {"repr-digest", known::repr_digest},
         {"upload-offset", known::upload_offset},
         {"upload-complete", known::upload_complete},
         {"upload-length", known::upload_length},
         {"upload-draft-interop-version", known::upload_interop}}};
    for (const auto& [text, k] : names) {
        if (iequals(name, text)) {
            return k;
        }
    }
    return known::count;
}

file_fields request_parser::files() const noexcept {
    return {value(known::range),           value(known::if_range),       value(known::if_none_match),
            value(known::content_disposition), value(known::content_digest), value(known::repr_digest),
            value(known::upload_offset),   value(known::upload_complete), value(known::upload_length),
            value(known::upload_interop)};
}

request_parser::known request_parser::which(field id, std::string_view name) noexcept {
    switch (id) {
    case field::host: return known::host;
    case field::content_type: return known::content_type;
    case field::content_length: return known::content_length;
    case field::transfer_encoding: return known::transfer_encoding;
    case field::content_encoding: return known::content_encoding;
    case field::accept: return known::accept;
    case field::expect: return known::expect;
    case field::range: return known::range;
    case field::if_range: return known::if_range;
    case field::if_none_match: return known::if_none_match;
    case field::content_disposition: return known::content_disposition;
    case field::unknown: break;
    default: return known::count;
    }
    if (const known k = which_of_files(name); k != known::count) {
        return k;
    }
    if (iequals(name, "x-request-id")) {
        return known::request_id;
    }
    if (iequals(name, "traceparent")) {
        return known::traceparent;
    }
    if (iequals(name, "x-tongban-dialect")) {
        return known::dialect;
    }
    if (iequals(name, "x-tongban-attempt")) {
        return known::attempt;
    }
    if (iequals(name, "last-event-id")) {
        return known::last_event_id;
    }
    return iequals(name, "idempotency-key") ? known::idempotency_key : known::count;
}

void request_parser::on_request_impl(verb id, string_view name, string_view target, int version, error_code& ec) {
    method_ = method_of(id);
    if (name.size() > method_bytes_max) {
        return malformed({"方法名过长", "method name too long"}, ec);
    }
    version_ = version;
    if (target.size() > limits_.target_bytes_max) {
        return fail(parse_fault::target_too_long, ec);
    }
    keep(known::target, standard(target));
}

void request_parser::on_field_impl(field id, string_view name, string_view field_value, error_code& ec) {
    if (++fields_ > limits_.fields_max) {
        return fail(parse_fault::header_too_large, ec);
    }
    if (is_header_done()) {
        return; // a trailer changes nothing that was decided from the head
    }
    const known k = which(id, standard(name));
    if (k == known::count) {
        return;
    }
    if (places_[static_cast<std::size_t>(k)].seen) {
        if (k == known::accept) {
            return; // a list may come in several lines; the first is the preferred
        }
        return malformed({"只能出现一次的请求头出现了两次", "a header field that must be unique appears twice"}, ec);
    }
    if (k == known::content_length && !all_digits(standard(field_value))) {
        return malformed({"Content-Length 须为一个数字", "Content-Length must be one number"}, ec);
    }
    keep(k, standard(field_value));
}

void request_parser::check_head(error_code& ec) {
    const auto seen = [&](known k) { return places_[static_cast<std::size_t>(k)].seen; };
    if (seen(known::transfer_encoding)) {
        if (seen(known::content_length)) {
            return malformed({"Content-Length 与 Transfer-Encoding 同时出现", "both Content-Length and Transfer-Encoding"}, ec);
        }
        if (version_ == 10) {
            return malformed({"HTTP/1.0 不得使用 Transfer-Encoding", "Transfer-Encoding in HTTP/1.0"}, ec);
        }
        if (!iequals(value(known::transfer_encoding), "chunked")) {
            return fail(parse_fault::transfer_encoding, ec);
        }
    }
    if (version_ == 11 && !seen(known::host)) {
        return malformed({"缺少 Host 请求头", "no Host header field"}, ec);
    }
}

void request_parser::on_header_impl(error_code& ec) {
    check_head(ec);
    has_body_ = chunked() || content_length().value_or(0) > 0;
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
    body_.reserve(static_cast<std::size_t>(length.value_or(0)));
}

std::size_t request_parser::on_body_impl(string_view bytes, error_code& ec) {
    if (!body_.take(standard(bytes))) {
        fail(parse_fault::body, ec);
    }
    return bytes.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t, string_view extensions, error_code& ec) {
    if (extensions.size() > limits_.chunk_line_bytes_max) {
        malformed({"分块扩展或尾部字段过长", "chunk extension or trailer too long"}, ec);
    }
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) {
    return on_body_impl(bytes, ec);
}

void request_parser::on_finish_impl(error_code& ec) {
    if (has_body_ && !body_.finish()) {
        fail(parse_fault::body, ec);
    }
}

} // namespace tongban::http
