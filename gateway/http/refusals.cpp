// Texts in both languages: a city's engineer reads them in the answer.
#include "gateway/http/refusals.hpp"

#include <utility>

namespace tongban::http::refusals {

namespace {

refusal make(int status, std::string type, std::string title_zh, std::string title_en,
             std::optional<limit> bound = std::nullopt) {
    refusal r;
    r.problem.status = status;
    r.problem.type = std::move(type);
    r.problem.title_zh = std::move(title_zh);
    r.problem.title_en = std::move(title_en);
    r.bound = bound;
    return r;
}

refusal of_body(body_sink::fault fault) {
    switch (fault) {
    case body_sink::fault::inflated_too_large:
        return make(413, "body-too-large", "解压后的报文超过上限", "The inflated body is too large",
                    limit::inflated_bytes);
    case body_sink::fault::broken_gzip:
        return make(400, "broken-gzip", "gzip 压缩数据损坏或不完整", "The gzip body is broken or cut short");
    case body_sink::fault::no_memory: {
        refusal r = make(503, "busy", "网关繁忙：正在接收的报文过多", "Too many bodies are being received at once",
                         limit::body_memory);
        r.problem.retry_after_s = 2;
        return r;
    }
    default: return make(413, "body-too-large", "报文超过上限", "The body is too large", limit::body_bytes);
    }
}

} // namespace

refusal of_parser(parse_fault fault, malformation what, body_sink::fault body) {
    switch (fault) {
    case parse_fault::body: return of_body(body);
    case parse_fault::target_too_long:
        return make(414, "target-too-long", "请求地址过长", "The request target is too long", limit::target_bytes);
    case parse_fault::header_too_large:
        return make(431, "header-too-large", "请求头过大", "The header fields are too large", limit::header_bytes);
    case parse_fault::version:
        return make(505, "http-version", "仅支持 HTTP/1.1 和 HTTP/1.0", "Only HTTP/1.1 and HTTP/1.0 are spoken here");
    case parse_fault::transfer_encoding:
        return make(501, "transfer-encoding", "仅支持 chunked 传输编码", "The only known transfer coding is chunked");
    default: break;
    }
    refusal r = make(400, "malformed-request", "HTTP 请求格式错误", "Malformed HTTP request");
    r.problem.detail_zh = std::string(what.zh) + "。";
    r.problem.detail_en = std::string(what.en) + '.';
    return r;
}

refusal body_too_large(std::size_t bytes_max) {
    refusal r = of_body(body_sink::fault::too_large);
    r.problem.detail_zh = "上限为" + std::to_string(bytes_max) + "字节。";
    r.problem.detail_en = "At most " + std::to_string(bytes_max) + " bytes.";
    r.problem.members.emplace_back("limit_bytes", std::to_string(bytes_max));
    return r;
}

refusal timed_out(limit which) {
    refusal r = make(408, "request-timeout", "请求未在时限内发送完毕", "The request did not arrive in time", which);
    r.problem.members.emplace_back("limit", '"' + std::string(name_of(which)) + '"');
    return r;
}

refusal bad_target() {
    return make(400, "malformed-target", "请求地址编码错误", "The request target is not well-formed: escapes, UTF-8 or too many parameters");
}

refusal not_found() {
    return make(404, "not-found", "无此接口", "There is nothing at this path");
}

refusal method_not_allowed(const std::string& allow) {
    refusal r = make(405, "method-not-allowed", "此接口不支持该方法", "This path does not answer that method");
    r.problem.detail_en = "Allowed: " + allow + ".";
    r.problem.detail_zh = "支持：" + allow + "。";
    return r;
}

refusal content_encoding(bool is_file) {
    if (is_file) {
        return make(415, "content-encoding", "文件须按原样发送，不接受内容编码",
                    "Files are taken as they are: no Content-Encoding is understood here");
    }
    return make(415, "content-encoding", "不支持该内容编码，仅支持 gzip", "Unknown Content-Encoding: only gzip is understood");
}

refusal expectation() {
    return make(417, "expectation", "仅支持 Expect: 100-continue", "The only known expectation is 100-continue");
}

refusal unknown_certificate(std::string_view serial) {
    refusal r = make(403, "unknown-partner", "证书未登记为任何合作方", "The certificate belongs to no registered partner");
    r.problem.detail_en = "Certificate serial " + std::string(serial) + ": ask the operators to register it.";
    r.problem.detail_zh = "证书序列号 " + std::string(serial) + "，请联系运维登记。";
    return r;
}

refusal not_an_operator(std::string_view serial) {
    refusal r = make(403, "not-your-role", "该证书的合作方不是运维角色", "This certificate's partner has not the role operator");
    r.problem.detail_en = "Certificate serial " + std::string(serial) +
                          ": it is registered, but this listener is only for the role operator (role: operator in the partner file).";
    r.problem.detail_zh = "证书序列号 " + std::string(serial) + "：已登记，但此端口只供运维角色使用（合作方文件中的 role: operator）。";
    return r;
}

refusal certificate_expired(std::string_view serial) {
    refusal r = make(403, "certificate-expired", "证书已过期", "The certificate has expired");
    r.problem.detail_en = "Certificate serial " + std::string(serial) + ": connect with its successor. Nothing was done.";
    r.problem.detail_zh = "证书序列号 " + std::string(serial) + "，请换用新证书重新连接；本次请求未执行。";
    return r;
}

refusal certificate_revoked(std::string_view serial) {
    refusal r = make(403, "certificate-revoked", "证书已吊销", "The certificate is revoked");
    r.problem.detail_en = "Certificate serial " + std::string(serial) + ": ask the operators. Nothing was done.";
    r.problem.detail_zh = "证书序列号 " + std::string(serial) + "，请联系运维；本次请求未执行。";
    return r;
}

refusal connect_again() {
    refusal r = make(503, "connect-again", "网关的证书信任设置已更新，请重新建立连接后重发",
                     "What the gateway trusts has changed: send it again on a new connection");
    r.problem.detail_en = "Nothing was done.";
    r.problem.detail_zh = "本次请求未执行。";
    r.problem.retry_after_s = 1;
    return r;
}

refusal failed() {
    return make(500, "internal", "网关内部错误", "The gateway failed to handle this request");
}

refusal stopping() {
    refusal r = make(503, "stopping", "网关正在停止，请稍后重试或续传", "The gateway stops: try again, or resume the upload");
    r.problem.retry_after_s = 2;
    return r;
}

} // namespace tongban::http::refusals
