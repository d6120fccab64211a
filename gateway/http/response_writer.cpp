// Fields that come from handlers are checked: a line break in one would let its author write the next response.
#include "gateway/http/response_writer.hpp"

#include "gateway/http/trace.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace tongban::http {

namespace {

void add_number(std::string& out, std::size_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
    const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    if (std::ranges::any_of(name, breaks) || std::ranges::any_of(value, breaks)) {
        return;
    }
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

// Rendered once a second per thread.
std::string_view date() {
    thread_local std::time_t rendered = 0;
    thread_local std::array<char, 40> text{};
    thread_local std::size_t size = 0;
    if (const std::time_t now = std::time(nullptr); now != rendered) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        rendered = now;
    }
    return {text.data(), size};
}

void add_status_line(std::string& out, int status) {
    switch (status) {
    case 200: out += "HTTP/1.1 200 OK\r\n"; return;
    case 202: out += "HTTP/1.1 202 Accepted\r\n"; return;
    default: break;
    }
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    out += "HTTP/1.1 ";
    add_number(out, static_cast<std::size_t>(status));
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\n";
}

} // namespace

std::string_view write_response(const response& answer, const request& req, const write_options& options,
                                std::string& out) {
    // Whoever forgets a status must not write a broken one.
    const int status = answer.status >= 200 && answer.status <= 599 ? answer.status : 500;
    const bool without_body = status == 204 || status == 304;
    out.reserve(out.size() + 320 + (answer.body.size() <= joined_body_bytes_max ? answer.body.size() : 0));
    add_status_line(out, status);
    out += "Date: ";
    out += date();
    if (!without_body && (answer.length || !answer.streamed)) {
        out += "\r\nContent-Length: ";
        add_number(out, answer.length.value_or(answer.body.size()));
    } else if (options.chunked) {
        out += "\r\nTransfer-Encoding: chunked";
    }
    out += "\r\nX-Request-Id: ";
    out += req.request_id;
    out += "\r\ntraceparent: 00-";
    out += req.trace_id;
    out += '-';
    out += random_hex(16);
    out += "-01\r\n";
    if (!answer.content_type.empty() && !without_body) {
        add_field(out, "Content-Type", answer.content_type);
    }
    bool cached = false;
    for (const auto& [name, value] : answer.headers) {
        cached = cached || boost::beast::iequals(name, "cache-control");
        add_field(out, name, value);
    }
    if (!cached) {
        out += "Cache-Control: no-store\r\n"; // answers name cases and, some, people
    }
    if (options.close) {
        out += "Connection: close\r\n";
    } else if (options.keep_http_1_0) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
    if (options.head_only || without_body || answer.streamed) {
        return {};
    }
    if (answer.body.size() > joined_body_bytes_max) {
        return answer.body;
    }
    out += answer.body;
    return {};
}

} // namespace tongban::http
