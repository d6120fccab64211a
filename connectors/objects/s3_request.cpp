// libcurl does the connection, the signature and the timing; what an S3 answer means stands below.
#include "connectors/objects/s3_request.hpp"

#include "security/content_digest.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>

namespace tongban::objects {

namespace {

constexpr std::size_t text_bytes_max = 4UL << 20;
constexpr std::size_t spare_max = 16;
constexpr std::uint64_t bytes_in_a_second = 256UL << 10;

struct exchange {
    const s3_request& request;
    s3_answer& answer;
    std::uint64_t sent = 0;
    bool broken = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* user) {
    auto& x = *static_cast<exchange*>(user);
    auto& answer = x.answer;
    if (!x.request.into.empty()) {
        const auto fits = std::min(count, x.request.into.size() - answer.filled);
        std::memcpy(x.request.into.data() + answer.filled, bytes, fits);
        answer.filled += fits;
        // An error document is read as well; more of an object than was asked for is not.
        if (answer.text.size() < 4096) {
            answer.text.append(bytes, std::min<std::size_t>(count, 4096));
        }
        return count;
    }
    if (answer.text.size() + count > text_bytes_max) {
        return 0;
    }
    answer.text.append(bytes, count);
    return count;
}

std::size_t take_header(char* line, std::size_t, std::size_t count, void* user) {
    auto& x = *static_cast<exchange*>(user);
    const std::string_view text(line, count);
    if (count > 5 && ::strncasecmp(line, "etag:", 5) == 0) {
        const auto from = text.find_first_not_of(' ', 5);
        const auto to = text.find_last_not_of("\r\n ");
        x.answer.etag = from == std::string_view::npos ? "" : text.substr(from, to - from + 1);
    }
    return count;
}

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* user) {
    auto& x = *static_cast<exchange*>(user);
    const auto wanted = std::min<std::uint64_t>(size * count, x.request.count - x.sent);
    const auto read = x.request.upload->read_at(x.request.from + x.sent, {into, static_cast<std::size_t>(wanted)});
    if (!read || *read != wanted) {
        x.broken = true;
        return CURL_READFUNC_ABORT;
    }
    x.sent += *read;
    return *read;
}

// A connection that was closed meanwhile asks for the beginning again.
int rewind_body(void* user, curl_off_t offset, int origin) {
    if (origin != SEEK_SET || offset < 0) {
        return CURL_SEEKFUNC_FAIL;
    }
    static_cast<exchange*>(user)->sent = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

void set_deadlines(CURL* handle, const s3_request& request, const s3_settings& settings) {
    const auto set = [&](CURLoption option, auto value) {
        curl_easy_setopt(handle, option, static_cast<long>(value));
    };
    set(CURLOPT_CONNECTTIMEOUT_MS, settings.connect_deadline.count());
    if (!request.may_take_long) {
        const auto bytes = request.count + request.into.size();
        set(CURLOPT_TIMEOUT_MS, static_cast<std::uint64_t>(settings.answer_deadline.count()) + bytes * 1000 / bytes_in_a_second);
    }
    set(CURLOPT_LOW_SPEED_LIMIT, 1);
    set(CURLOPT_LOW_SPEED_TIME, settings.stalled_deadline.count());
}

} // namespace

s3_client::s3_client(const s3_settings& settings)
    : settings_(settings), signing_("aws:amz:" + settings.region + ":s3"),
      credentials_(settings.access_key + ':' + settings.secret_key) {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    static_cast<void>(ready);
}

s3_client::~s3_client() {
    for (auto* handle : spare_) {
        curl_easy_cleanup(handle);
    }
}

void* s3_client::take() const {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) {
        return curl_easy_init();
    }
    auto* const handle = spare_.back();
    spare_.pop_back();
    return handle;
}

void s3_client::give_back(void* handle) const {
    curl_easy_reset(handle); // keeps its connections
    const std::lock_guard lock(mutex_);
    if (spare_.size() < spare_max) {
        spare_.push_back(handle);
    } else {
        curl_easy_cleanup(handle);
    }
}

boost::system::result<s3_answer> s3_client::ask(const s3_request& request) const {
    auto* const handle = static_cast<CURL*>(take());
    if (handle == nullptr) {
        return make_error_code(errc::failed);
    }
    s3_answer answer;
    exchange x{request, answer};
    const std::string url = settings_.endpoint + '/' + settings_.bucket + (request.key.empty() ? "" : "/" + request.key) +
                            (request.query.empty() ? "" : "?" + request.query);
    curl_slist* headers = nullptr;
    for (const auto& header : request.headers) {
        headers = curl_slist_append(headers, header.c_str());
    }
    if (request.upload == nullptr || request.count == 0) {
        // Servers ask for it even where there is no body; libcurl 7.88 does not add it there.
        const auto digest = security::digest_of(security::digest_algorithm::sha256, request.body);
        headers = curl_slist_append(headers, ("x-amz-content-sha256: " + security::hex_of(digest)).c_str());
    }
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, ""); // what an environment says is not our configuration
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set_deadlines(handle, request, settings_);
    set(CURLOPT_AWS_SIGV4, signing_.c_str());
    set(CURLOPT_USERPWD, credentials_.c_str());
    set(CURLOPT_FILETIME, 1L);
    if (!settings_.ca_file.empty()) {
        set(CURLOPT_CAINFO, settings_.ca_file.c_str());
    }
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&x));
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&x));
    if (request.upload != nullptr) {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.count));
        set(CURLOPT_READFUNCTION, give_body);
        set(CURLOPT_READDATA, static_cast<void*>(&x));
        set(CURLOPT_SEEKFUNCTION, rewind_body);
        set(CURLOPT_SEEKDATA, static_cast<void*>(&x));
    } else if (request.method == "POST") {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_POSTFIELDS, request.body.data() != nullptr ? request.body.data() : "");
    } else if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else {
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    const auto done = curl_easy_perform(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &answer.length);
    curl_easy_getinfo(handle, CURLINFO_FILETIME_T, &answer.modified);
    curl_slist_free_all(headers);
    give_back(handle);
    if (x.broken) {
        return make_error_code(errc::failed); // our own file, not the server
    }
    if (done != CURLE_OK) {
        return make_error_code(errc::unavailable);
    }
    return answer;
}

errc error_of(const s3_answer& answer) {
    std::size_t at = 0;
    const auto code = next_element(answer.text, "Code", at);
    if (code == "XAmzContentSHA256Mismatch" || code == "BadDigest" || code == "XAmzContentChecksumMismatch") {
        return errc::damaged;
    }
    if (answer.status == 507 || code.find("StorageFull") != std::string_view::npos ||
        code.find("QuotaExceeded") != std::string_view::npos || code == "InsufficientStorage") {
        return errc::full;
    }
    if (code == "NoSuchBucket" || answer.status == 401 || answer.status == 403) {
        return errc::denied;
    }
    if (answer.status == 404) {
        return errc::not_found;
    }
    return answer.status >= 500 || answer.status == 429 ? errc::unavailable : errc::failed;
}

std::string_view next_element(std::string_view xml, std::string_view name, std::size_t& at) {
    const auto open = '<' + std::string(name) + '>';
    const auto from = xml.find(open, at);
    const auto to = from == std::string_view::npos ? from : xml.find("</" + std::string(name) + '>', from);
    if (to == std::string_view::npos) {
        return {};
    }
    at = to;
    return xml.substr(from + open.size(), to - from - open.size());
}

std::string escaped(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
            c == '~') {
            out.push_back(c);
        } else {
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return out;
}

} // namespace tongban::objects
