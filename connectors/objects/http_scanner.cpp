// A scanner behind HTTP: the file is sent as the body of a POST and never held in memory.
#include "connectors/objects/object_store.hpp"
#include "connectors/objects/scanner.hpp"

#include <curl/curl.h>

namespace tongban::objects {

namespace {

struct body {
    const object_source& bytes;
    std::uint64_t sent = 0;
};

std::size_t give(char* into, std::size_t size, std::size_t count, void* user) {
    auto& from = *static_cast<body*>(user);
    const auto read = from.bytes.read_at(from.sent, {into, size * count});
    from.sent += read ? *read : 0;
    return read ? *read : static_cast<std::size_t>(CURL_READFUNC_ABORT);
}

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

class by_http final : public scanner {
public:
    by_http(std::string url, std::chrono::milliseconds deadline) : url_(std::move(url)), deadline_(deadline) {
        static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
        static_cast<void>(ready);
    }

    scan_verdict scan(const std::filesystem::path& file) const override {
        const auto bytes = source_of_file(file);
        auto* const handle = bytes ? curl_easy_init() : nullptr;
        if (handle == nullptr) {
            return scan_verdict::unavailable;
        }
        body from{**bytes};
        curl_slist* const headers = curl_slist_append(nullptr, "Content-Type: application/octet-stream");
        const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
        set(CURLOPT_URL, url_.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(deadline_.count()));
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>((*bytes)->size()));
        set(CURLOPT_READFUNCTION, give);
        set(CURLOPT_READDATA, static_cast<void*>(&from));
        set(CURLOPT_WRITEFUNCTION, ignore);
        set(CURLOPT_HTTPHEADER, headers);
        const auto done = curl_easy_perform(handle);
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        curl_slist_free_all(headers);
        curl_easy_cleanup(handle);
        if (done != CURLE_OK) {
            return scan_verdict::unavailable;
        }
        if (status == 200 || status == 204) {
            return scan_verdict::clean;
        }
        return status == 403 || status == 406 || status == 422 ? scan_verdict::refused : scan_verdict::unavailable;
    }

    std::chrono::milliseconds deadline() const noexcept override { return deadline_; }

private:
    const std::string url_;
    const std::chrono::milliseconds deadline_;
};

} // namespace

std::unique_ptr<scanner> http_scanner(const std::string& url, std::chrono::milliseconds deadline) {
    return std::make_unique<by_http>(url, deadline);
}

} // namespace tongban::objects
