// Reads one answer from bytes as they come, on Beast's incremental parser, within bounds. Knows nothing of
// sockets.
#pragma once

#include "connectors/push/push_answer.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::push {

class answer_parser {
public:
    enum class state {
        more,      // not whole yet
        complete,  // see take()
        truncated, // the body is longer than the bound; what came within it is in take()
        too_large, // the header, or the size of a chunk, is longer than any that is sensible
        malformed, // no HTTP/1 answer; see reason()
    };
    explicit answer_parser(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) { begin(); }

    // Takes all of `bytes`. After anything but `more` nothing further is taken.
    state feed(std::string_view bytes);
    // The target closed in good order: complete when the answer may end like that, else `more`.
    state feed_end();

    // After complete or truncated.
    push_answer take(std::chrono::sys_seconds now);
    // True when another request may follow on the same connection.
    bool may_keep_alive() const { return state_ == state::complete && keep_alive_ && pending_.empty(); }
    // True when a byte of an answer came.
    bool begun() const noexcept { return begun_; }
    // English, fixed texts.
    const std::string& reason() const noexcept { return reason_; }

private:
    // Beast's call-backs, into the parts of the owner.
    class inner final : public boost::beast::http::basic_parser<false> {
    public:
        explicit inner(answer_parser& owner);

    private:
        using field = boost::beast::http::field;
        using verb = boost::beast::http::verb;
        using error_code = boost::beast::error_code;
        using string_view = boost::beast::string_view;
        std::size_t add(string_view bytes, error_code& ec);
        void on_request_impl(verb, string_view, string_view, int, error_code&) override {}
        void on_response_impl(int status, string_view reason, int version, error_code& ec) override;
        void on_field_impl(field id, string_view name, string_view value, error_code& ec) override;
        void on_header_impl(error_code&) override {}
        void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
        std::size_t on_body_impl(string_view bytes, error_code& ec) override { return add(bytes, ec); }
        void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) override {
            return add(bytes, ec);
        }
        void on_finish_impl(error_code&) override {}
        answer_parser& owner_;
    };

    void begin();
    state parse();
    state finish();
    state refuse(state why, std::string reason);

    std::size_t body_bytes_max_;
    std::optional<inner> inner_;
    push_answer answer_;
    std::string retry_after_;
    std::string date_;
    std::string pending_; // received, and not understood yet for lack of the rest
    std::string reason_;
    state state_ = state::more;
    int interim_ = 0;
    bool begun_ = false;
    bool truncated_ = false;
    bool keep_alive_ = false;
};

} // namespace tongban::push
