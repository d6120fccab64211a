// Requests by libcurl's easy interface.
#include "gateway/app/https_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace tongban::app {

namespace {

struct curl_library {
    curl_library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
    ~curl_library() { curl_global_cleanup(); }
};

std::size_t append_body(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
}

// Half of a body, then nothing more.
struct half_body {
    std::string_view left;
};
std::size_t give_half(char* into, std::size_t size, std::size_t count, void* from) {
    auto& half = *static_cast<half_body*>(from);
    if (half.left.empty()) {
        return CURL_READFUNC_ABORT;
    }
    const auto length = std::min(size * count, half.left.size());
    std::memcpy(into, half.left.data(), length);
    half.left.remove_prefix(length);
    return length;
}

int stop_wanted(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

struct header_list {
    ~header_list() { curl_slist_free_all(list); }
    void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
    curl_slist* list = nullptr;
};

// TLS 1.3 tells a client that its certificate is refused only when it first reads.
client_failure::kind kind_of(CURLcode code, std::string_view reason) noexcept {
    constexpr std::array unreachable{CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
                                     CURLE_OPERATION_TIMEDOUT, CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL};
    constexpr std::array not_trusted{CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_PEER_FAILED_VERIFICATION,
                                     CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR};
    if (std::ranges::find(unreachable, code) != unreachable.end()) {
        return client_failure::kind::unreachable;
    }
    const bool refused = std::ranges::find(not_trusted, code) != not_trusted.end() ||
                         (code == CURLE_RECV_ERROR && reason.find(" alert ") != std::string_view::npos);
    return refused ? client_failure::kind::not_trusted : client_failure::kind::broken;
}

} // namespace

struct https_session::state {
    client_identity identity;
    const std::atomic<bool>* stop;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), curl_easy_cleanup};

    void set_identity() const;
    void set_request(const client_request& request, const header_list& headers) const;
};

https_session::https_session(const client_identity& identity, const std::atomic<bool>* stop) {
    static const curl_library library;
    state_ = std::make_unique<state>(state{identity, stop});
}

https_session::~https_session() = default;
https_session::https_session(https_session&&) noexcept = default;

void https_session::state::set_identity() const {
    curl_easy_setopt(curl.get(), CURLOPT_SSLCERT, identity.certificate.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_SSLKEY, identity.key.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, identity.ca.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, identity.verify_server ? 1L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, identity.verify_server ? 2L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    if (stop != nullptr) {
        curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, stop_wanted);
        curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, stop);
    }
}

void https_session::state::set_request(const client_request& request, const header_list& headers) const {
    const auto url = identity.url + request.target;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.breaks_off) {
        curl_easy_setopt(curl.get(), CURLOPT_POST, 1L);
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give_half);
    } else if (request.method != "GET") {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.list);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, request.timeout_s);
}

boost::system::result<client_reply, client_failure> https_session::exchange(const client_request& request) {
    auto* curl = state_->curl.get();
    client_reply reply;
    header_list headers;
    if (!request.content_type.empty()) {
        headers.add("Content-Type: " + request.content_type);
    }
    for (const auto& [name, value] : request.headers) {
        headers.add(name + ": " + value);
    }
    headers.add("Expect:"); // no round trip for a small body
    char reason[CURL_ERROR_SIZE] = {};
    half_body half{std::string_view(request.body).substr(0, request.body.size() / 2)};
    curl_easy_reset(curl); // keeps the connection
    state_->set_identity();
    state_->set_request(request, headers);
    curl_easy_setopt(curl, CURLOPT_READDATA, &half);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
    const auto code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        return client_failure{kind_of(code, reason), "网关未应答 / no answer from " + state_->identity.url + request.target + ": " +
                                                 (reason[0] != '\0' ? reason : curl_easy_strerror(code))};
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    const char* type = nullptr;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    reply.content_type = type == nullptr ? "" : type;
    curl_off_t retry_after = 0;
    if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK && retry_after > 0) {
        reply.retry_after = std::chrono::seconds(retry_after);
    }
    curl_header* told = nullptr;
    if (curl_easy_header(curl, "X-Tongban-Status", 0, CURLH_HEADER, -1, &told) == CURLHE_OK) {
        const std::string_view text = told->value;
        long status = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), status).ec == std::errc()) {
            reply.tongban_status = status;
        }
    }
    return reply;
}

boost::system::result<client_reply, std::string> exchange(const client_identity& identity,
                                                          const client_request& request) {
    auto answered = https_session(identity).exchange(request);
    if (!answered) {
        return std::move(answered.error().text);
    }
    return std::move(*answered);
}

std::string percent_encoded(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out.push_back(static_cast<char>(c));
        } else {
            out += {'%', digits[c >> 4], digits[c & 15]};
        }
    }
    return out;
}

} // namespace tongban::app
