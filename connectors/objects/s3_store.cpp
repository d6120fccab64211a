// The object store port on S3. Keys are the prefix and the name, so S3 lists them in the order that the port promises.
#include "connectors/objects/s3_store.hpp"

#include "connectors/objects/s3_request.hpp"
#include "security/content_digest.hpp"

#include <algorithm>
#include <ctime>

namespace tongban::objects {

namespace {

using boost::system::result;
using std::chrono::system_clock;

constexpr std::size_t block_bytes = 128UL * 1024;

bool good(const s3_answer& answer) noexcept {
    return answer.status >= 200 && answer.status < 300;
}

// "2026-11-22T07:08:09.000Z"
system_clock::time_point time_of(std::string_view text) {
    std::tm at{};
    const std::string whole(text);
    return ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%S", &at) == nullptr ? system_clock::time_point()
                                                                        : system_clock::from_time_t(::timegm(&at));
}

class s3_store final : public object_store {
public:
    explicit s3_store(const s3_settings& settings) : settings_(settings), client_(settings) {}

    result<void> put(const std::string& name, const object_source& bytes) override {
        // Also when it is there: S3 has no touch, and a copy onto itself renews the time with some servers only.
        return bytes.size() <= settings_.part_bytes ? put_whole(name, bytes) : put_parts(name, bytes);
    }

    result<std::size_t> read(const std::string& name, std::uint64_t offset, std::span<char> into) const override {
        if (into.empty()) {
            return 0;
        }
        s3_request request{"GET", key_of(name)};
        request.headers = {"Range: bytes=" + std::to_string(offset) + '-' + std::to_string(offset + into.size() - 1)};
        request.into = into;
        const auto answer = client_.ask(request);
        if (!answer) {
            return answer.error();
        }
        if (answer->status == 416 || (answer->status == 200 && offset > 0)) {
            return 0; // behind the end; 200 for a range is an empty object's
        }
        return good(*answer) ? result<std::size_t>(answer->filled) : make_error_code(error_of(*answer));
    }

    result<std::optional<object_facts>> stat(const std::string& name) const override {
        const auto answer = client_.ask({"HEAD", key_of(name)});
        if (!answer) {
            return answer.error();
        }
        if (answer->status == 404) {
            return std::optional<object_facts>();
        }
        if (!good(*answer) || answer->length < 0) {
            return make_error_code(error_of(*answer));
        }
        return std::optional(object_facts{name, static_cast<std::uint64_t>(answer->length),
                                          system_clock::from_time_t(static_cast<std::time_t>(answer->modified))});
    }

    result<void> remove(const std::string& name) override {
        return done(client_.ask({"DELETE", key_of(name)}), true);
    }

    result<std::vector<object_facts>> list(const std::string& after, std::size_t max) const override {
        std::vector<object_facts> found;
        std::string last = after;
        while (found.size() < max) {
            const auto wanted = std::min<std::size_t>(1000, max - found.size());
            s3_request request{"GET", ""};
            request.query = "list-type=2&max-keys=" + std::to_string(wanted) + "&prefix=" + escaped(settings_.prefix);
            request.query += last.empty() ? "" : "&start-after=" + escaped(settings_.prefix + last);
            const auto answer = client_.ask(request);
            if (!answer || !good(*answer)) {
                return answer ? make_error_code(error_of(*answer)) : answer.error();
            }
            const auto more = add_page(answer->text, found, last);
            if (!more) {
                break;
            }
        }
        return found;
    }

private:
    std::string key_of(const std::string& name) const { return settings_.prefix + name; }

    static result<void> done(const result<s3_answer>& answer, bool missing_is_fine = false) {
        if (!answer) {
            return answer.error();
        }
        if (good(*answer)) {
            return {};
        }
        const auto error = error_of(*answer);
        return missing_is_fine && error == errc::not_found ? result<void>() : make_error_code(error);
    }

    result<void> put_whole(const std::string& name, const object_source& bytes) {
        s3_request request{"PUT", key_of(name)};
        request.upload = &bytes;
        request.count = bytes.size();
        // The server refuses what has another digest than the one that was signed.
        if (bytes.size() > 0) {
            request.headers = {"x-amz-content-sha256: " + name};
        } else if (name != security::hex_of(security::digest_of(security::digest_algorithm::sha256, ""))) {
            return make_error_code(errc::damaged);
        }
        return done(client_.ask(request));
    }

    result<void> put_parts(const std::string& name, const object_source& bytes) {
        const auto begun = client_.ask({"POST", key_of(name), "uploads="});
        if (!begun || !good(*begun)) {
            return done(begun);
        }
        std::size_t at = 0;
        const auto upload = escaped(next_element(begun->text, "UploadId", at));
        auto sent = upload.empty() ? result<void>(make_error_code(errc::failed)) : send_parts(name, bytes, upload);
        if (!sent) {
            static_cast<void>(client_.ask({"DELETE", key_of(name), "uploadId=" + upload}));
        }
        return sent;
    }

    result<void> send_parts(const std::string& name, const object_source& bytes, const std::string& upload) {
        security::content_digest whole(security::digest_algorithm::sha256);
        std::string parts;
        unsigned number = 1;
        for (std::uint64_t from = 0; from < bytes.size(); from += settings_.part_bytes, ++number) {
            s3_request request{"PUT", key_of(name), "partNumber=" + std::to_string(number) + "&uploadId=" + upload};
            request.upload = &bytes;
            request.from = from;
            request.count = std::min<std::uint64_t>(settings_.part_bytes, bytes.size() - from);
            const auto digest = digest_of_part(bytes, request.from, request.count, whole);
            if (!digest) {
                return digest.error();
            }
            request.headers = {"x-amz-content-sha256: " + *digest};
            const auto answer = client_.ask(request);
            if (!answer || !good(*answer)) {
                return done(answer);
            }
            parts += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + answer->etag + "</ETag></Part>";
        }
        if (security::hex_of(whole.finish()) != name) {
            return make_error_code(errc::damaged);
        }
        const auto list = "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>";
        s3_request request{"POST", key_of(name), "uploadId=" + upload};
        request.body = list;
        request.may_take_long = true;
        request.headers = {"Content-Type: application/xml"};
        const auto answer = client_.ask(request);
        // S3 may say 200 first and find an error afterwards.
        if (answer && good(*answer) && answer->text.find("<Error>") != std::string::npos) {
            return make_error_code(errc::unavailable);
        }
        return done(answer);
    }

    static result<std::string> digest_of_part(const object_source& bytes, std::uint64_t from, std::uint64_t count,
                                              security::content_digest& whole) {
        security::content_digest part(security::digest_algorithm::sha256);
        std::vector<char> block(block_bytes);
        while (count > 0) {
            const auto wanted = std::min<std::uint64_t>(block.size(), count);
            const auto read = bytes.read_at(from, {block.data(), static_cast<std::size_t>(wanted)});
            if (!read || *read != wanted) {
                return make_error_code(errc::failed);
            }
            part.update({block.data(), *read});
            whole.update({block.data(), *read});
            from += *read;
            count -= *read;
        }
        return security::hex_of(part.finish());
    }

    // Whether there is another page.
    bool add_page(std::string_view xml, std::vector<object_facts>& found, std::string& last) const {
        std::size_t at = 0;
        for (auto one = next_element(xml, "Contents", at); !one.empty(); one = next_element(xml, "Contents", at)) {
            std::size_t in = 0;
            const auto key = next_element(one, "Key", in);
            in = 0;
            const auto modified = next_element(one, "LastModified", in);
            in = 0;
            const auto size = std::string(next_element(one, "Size", in));
            const auto name = key.substr(std::min(key.size(), settings_.prefix.size()));
            last = name;
            if (is_object_name(name)) {
                found.push_back({std::string(name), std::strtoull(size.c_str(), nullptr, 10), time_of(modified)});
            }
        }
        at = 0;
        return next_element(xml, "IsTruncated", at) == "true";
    }

    const s3_settings settings_;
    const s3_client client_;
};

} // namespace

std::unique_ptr<object_store> open_s3_store(const s3_settings& settings) {
    return std::make_unique<s3_store>(settings);
}

} // namespace tongban::objects
