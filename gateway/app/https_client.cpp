// One request by libcurl's easy interface.
#include "gateway/app/https_client.hpp"

#include <curl/curl.h>

#include <memory>

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

struct header_list {
    ~header_list() { curl_slist_free_all(list); }
    void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
    curl_slist* list = nullptr;
};

} // namespace

boost::system::result<client_reply, std::string> exchange(const client_identity& identity,
                                                          const client_request& request) {
    static const curl_library library;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    client_reply reply;
    header_list headers;
    if (!request.content_type.empty()) {
        headers.add("Content-Type: " + request.content_type);
    }
    for (const auto& [name, value] : request.headers) {
        headers.add(name + ": " + value);
    }
    headers.add("Expect:"); // no round trip for a small body
    const auto url = identity.url + request.target;
    char reason[CURL_ERROR_SIZE] = {};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method != "GET") {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.list);
    curl_easy_setopt(curl.get(), CURLOPT_SSLCERT, identity.certificate.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_SSLKEY, identity.key.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, identity.ca.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, identity.verify_server ? 1L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, identity.verify_server ? 2L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, request.timeout_s);
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
    const auto code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) {
        return "网关未应答 / no answer from " + url + ": " +
               (reason[0] != '\0' ? reason : curl_easy_strerror(code));
    }
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    const char* type = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
    reply.content_type = type == nullptr ? "" : type;
    return reply;
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
