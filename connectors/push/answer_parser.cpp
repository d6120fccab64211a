#include "connectors/push/answer_parser.hpp"

#include "connectors/push/retry_after.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace tongban::push {

namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t header_bytes_max = 32U * 1024;
constexpr int interim_answers_max = 5; // 1xx in front of the answer
constexpr std::string_view protocol = "HTTP/1.";
// Beast 1.81 aborts when the end of an empty chunked body reaches it in pieces ("0\r\n", then "\r"). Whatever is whole
// ends with "0\r\n\r\n", so waiting for that many bytes waits for nothing that will not come.
constexpr std::size_t last_chunk_bytes = 5;

void keep(std::string& into, boost::beast::string_view value) {
    if (into.empty()) {
        into.assign(value.data(), std::min<std::size_t>(value.size(), 256));
    }
}

} // namespace

answer_parser::inner::inner(answer_parser& owner) : owner_(owner) {
    eager(true);
    header_limit(header_bytes_max);
    body_limit(boost::none); // the owner cuts, and keeps what came before
}

std::size_t answer_parser::inner::add(string_view bytes, error_code& ec) {
    const std::size_t room = owner_.body_bytes_max_ - owner_.answer_.body.size();
    const std::size_t taken = std::min(room, bytes.size());
    owner_.answer_.body.append(bytes.data(), taken);
    if (taken < bytes.size()) {
        owner_.truncated_ = true;
        ec = http::error::body_limit;
    }
    return taken;
}

void answer_parser::inner::on_response_impl(int status, string_view, int, error_code& ec) {
    owner_.answer_.status = status;
    if (status < 100) {
        ec = http::error::bad_status;
    }
}

void answer_parser::inner::on_field_impl(field id, string_view, string_view value, error_code&) {
    switch (id) {
    case field::content_type:
        keep(owner_.answer_.content_type, value);
        break;
    case field::retry_after:
        keep(owner_.retry_after_, value);
        break;
    case field::date:
        keep(owner_.date_, value);
        break;
    default:
        break;
    }
}

void answer_parser::begin() {
    inner_.emplace(*this);
    answer_ = {};
    retry_after_.clear();
    date_.clear();
}

answer_parser::state answer_parser::refuse(state why, std::string reason) {
    reason_ = std::move(reason);
    state_ = why;
    return why;
}

answer_parser::state answer_parser::feed(std::string_view bytes) {
    if (state_ != state::more) {
        return state_;
    }
    begun_ = begun_ || !bytes.empty();
    pending_.append(bytes);
    return parse();
}

answer_parser::state answer_parser::parse() {
    for (;;) {
        // Beast would wait for the end of a header before it looks at its front.
        const auto front = std::string_view(pending_).substr(0, protocol.size());
        if (!inner_->got_some() && front != protocol.substr(0, front.size())) {
            return refuse(state::malformed, "does not begin with HTTP/1");
        }
        std::size_t used = 0;
        boost::beast::error_code ec;
        while (used < pending_.size() && !inner_->is_done() && !ec) {
            if (inner_->is_header_done() && inner_->chunked() && pending_.size() - used < last_chunk_bytes) {
                break;
            }
            const std::size_t step =
                inner_->put(boost::asio::const_buffer(pending_.data() + used, pending_.size() - used), ec);
            used += step;
            if (step == 0) {
                break;
            }
        }
        pending_.erase(0, used);
        if (truncated_) {
            return refuse(state::truncated, "body longer than allowed");
        }
        if (ec == http::error::header_limit || pending_.size() > header_bytes_max) {
            return refuse(state::too_large, "header longer than allowed");
        }
        if (ec && ec != http::error::need_more) {
            return refuse(state::malformed, ec.message());
        }
        if (!inner_->is_done()) {
            return state::more;
        }
        const state now = finish();
        if (now != state::more || pending_.empty()) {
            return now;
        }
    }
}

// One message is whole: the answer, or a 1xx in front of it.
answer_parser::state answer_parser::finish() {
    const int status = answer_.status;
    if (status == 101) {
        return refuse(state::malformed, "status " + std::to_string(status));
    }
    if (status < 200) {
        if (++interim_ > interim_answers_max) {
            return refuse(state::malformed, "too many answers of status 1xx");
        }
        begin();
        return state::more;
    }
    keep_alive_ = inner_->keep_alive();
    state_ = state::complete;
    return state_;
}

answer_parser::state answer_parser::feed_end() {
    if (state_ != state::more || !inner_->got_some() || !inner_->is_header_done() || !inner_->need_eof()) {
        return state_;
    }
    boost::beast::error_code ec;
    inner_->put_eof(ec);
    return ec || !inner_->is_done() ? state_ : finish();
}

push_answer answer_parser::take(std::chrono::sys_seconds now) {
    answer_.truncated = state_ == state::truncated;
    answer_.retry_after = push::retry_after(retry_after_, date_, now);
    return std::move(answer_);
}

} // namespace tongban::push
