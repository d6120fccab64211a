#include "connectors/fetch/https_file.hpp"

#include "connectors/fetch/file_address.hpp"

#include <curl/curl.h>

#include <memory>
#include <sys/socket.h>
#include <unistd.h>

namespace tongban::fetch {

namespace {

struct call {
    CURL* handle;
    bool internal_allowed;
    std::uint64_t bytes_max;
    const std::function<bool(std::string_view)>& take;
    const std::atomic<bool>& stopping;
    std::uint64_t bytes = 0;
    bool address_refused = false;
    bool refused_here = false;
    bool too_large = false;
};

// The address that curl is about to connect to, whatever the name said before.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* to) {
    auto& of = *static_cast<call*>(user);
    const auto kind = kind_of(to->addr);
    if (kind == address_kind::never || (kind == address_kind::internal && !of.internal_allowed)) {
        of.address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::size_t write(char* data, std::size_t size, std::size_t count, void* user) {
    auto& of = *static_cast<call*>(user);
    const std::string_view bytes(data, size * count);
    long status = 0;
    curl_easy_getinfo(of.handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        return 0; // the words of a refusal are of no use
    }
    of.bytes += bytes.size();
    of.too_large = of.bytes > of.bytes_max;
    of.refused_here = !of.too_large && !of.take(bytes);
    return of.too_large || of.refused_here ? 0 : bytes.size();
}

int look_up(void* user, curl_off_t expected, curl_off_t, curl_off_t, curl_off_t) {
    auto& of = *static_cast<call*>(user);
    long status = 0;
    curl_easy_getinfo(of.handle, CURLINFO_RESPONSE_CODE, &status);
    of.too_large = of.too_large || (status == 200 && static_cast<std::uint64_t>(expected) > of.bytes_max);
    return of.too_large || of.stopping ? 1 : 0;
}

void prepare(const fetch_settings& settings, const std::string& url, call& of) {
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(of.handle, option, value); };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!settings.ca_file.empty()) {
        set(CURLOPT_CAINFO, settings.ca_file.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_deadline.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(settings.slow_bytes));
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.slow_max.count()));
    set(CURLOPT_TIMEOUT, static_cast<long>(settings.total_deadline.count()));
    set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&of));
    set(CURLOPT_WRITEFUNCTION, write);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&of));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, look_up);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&of));
}

fetch_result by_status(long status) {
    return status == 200                    ? fetch_result::whole
           : status >= 300 && status < 400  ? fetch_result::redirected
           : status == 408 || status == 429 || status >= 500 ? fetch_result::busy
                                            : fetch_result::missing;
}

fetch_result result_of(CURLcode done, long status, const call& of) {
    if (of.too_large) {
        return fetch_result::too_large;
    }
    if (of.refused_here) {
        return fetch_result::refused_here;
    }
    if (of.stopping && done == CURLE_ABORTED_BY_CALLBACK) {
        return fetch_result::stopped;
    }
    if (status != 0 && (done == CURLE_OK || status != 200)) {
        return by_status(status);
    }
    switch (done) {
    case CURLE_OPERATION_TIMEDOUT:
        return fetch_result::too_slow;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
        return fetch_result::untrusted;
    default:
        return of.address_refused ? fetch_result::address_refused : fetch_result::unreachable;
    }
}

} // namespace

fetch_outcome fetch_file(const fetch_settings& settings, const std::string& url, bool internal_allowed,
                         std::uint64_t bytes_max, const std::function<bool(std::string_view)>& take,
                         const std::atomic<bool>& stopping) {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(ready ? curl_easy_init() : nullptr, curl_easy_cleanup);
    if (handle == nullptr) {
        return {};
    }
    call of{handle.get(), internal_allowed, bytes_max, take, stopping};
    prepare(settings, url, of);
    const auto done = curl_easy_perform(handle.get());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    return {result_of(done, status, of), static_cast<int>(status)};
}

} // namespace tongban::fetch
