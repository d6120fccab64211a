// Names and sentences of every code, in one table.
#include "connectors/push/push_failure.hpp"

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>

namespace tongban::push {

namespace {

struct words {
    std::string_view name;
    std::string_view en;
    std::string_view zh;
};

// In the order of errc.
constexpr std::array<words, errc_count> table{{
    {"not_resolved", "the host name of the target cannot be resolved", "无法解析对方主机名"},
    {"connection_refused", "the target refuses connections", "对方拒绝连接"},
    {"unreachable", "there is no route to the target", "无法到达对方网络"},
    {"connect_timeout", "connecting to the target took too long", "连接对方超时"},
    {"tls_failed", "the TLS handshake with the target failed", "与对方的 TLS 握手失败"},
    {"tls_timeout", "the TLS handshake with the target took too long", "与对方的 TLS 握手超时"},
    {"certificate_untrusted", "the certificate of the target is not trusted", "对方证书不受信任"},
    {"certificate_expired", "the certificate of the target is not valid at this time",
     "对方证书已过期或尚未生效"},
    {"certificate_revoked", "the certificate of the target is revoked", "对方证书已被吊销"},
    {"certificate_wrong_name", "the certificate of the target is made for another host",
     "对方证书与主机名不符"},
    {"certificate_not_pinned", "the certificate of the target is not the one pinned to the partner",
     "对方证书不是该单位登记的证书"},
    {"read_timeout", "the target did not answer in time", "对方未在规定时间内应答"},
    {"total_timeout", "the whole exchange with the target took too long", "与对方的整个交互超时"},
    {"reset", "the connection to the target broke", "与对方的连接中断"},
    {"closed_early", "the target closed the connection before its answer was whole",
     "对方在应答完整之前关闭了连接"},
    {"malformed", "the target's answer is no HTTP answer", "对方的应答不是有效的 HTTP 应答"},
    {"answer_too_large", "the header of the target's answer is too large", "对方应答的首部过大"},
    {"pool_busy", "as many requests as allowed are under way to the target", "发往对方的请求数已达上限"},
    {"request_refused", "the request holds a header that cannot be sent", "请求中含有无法发送的首部"},
    {"cancelled", "the request was cancelled", "请求已取消"},
    {"closed", "the client is closing", "客户端正在关闭"},
}};

const words* words_of(int code) noexcept {
    return code >= 1 && code <= errc_count ? &table[static_cast<std::size_t>(code - 1)] : nullptr;
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "tongban.push"; }
    std::string message(int code) const override {
        const words* found = words_of(code);
        return found == nullptr ? "unknown push error" : std::string(found->en);
    }
};

} // namespace

std::string_view name_of(errc code) noexcept {
    const words* found = words_of(static_cast<int>(code));
    return found == nullptr ? "unknown" : found->name;
}

std::string_view text_zh(errc code) noexcept {
    const words* found = words_of(static_cast<int>(code));
    return found == nullptr ? "未知错误" : found->zh;
}

std::string_view text_zh(std::string_view name) noexcept {
    const auto found = std::find_if(table.begin(), table.end(), [&](const words& each) { return each.name == name; });
    return found == table.end() ? std::string_view() : found->zh;
}

const boost::system::error_category& push_category() noexcept {
    static const category instance;
    return instance;
}

void throw_exception_from_error(const push_failure& failure, const boost::source_location& place) {
    boost::throw_exception(boost::system::system_error(make_error_code(failure.code), failure.text), place);
}

} // namespace tongban::push
