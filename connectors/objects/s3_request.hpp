// One request to an S3 server, signed and sent by libcurl. Handles are kept, and with them their connections. Seen only by
// the S3 store.
#pragma once

#include "connectors/objects/s3_store.hpp"

#include <mutex>

namespace tongban::objects {

struct s3_request {
    std::string method; // GET, HEAD, PUT, POST, DELETE
    std::string key;    // empty: the bucket
    std::string query{}; // sorted and escaped: it is signed as it stands
    std::vector<std::string> headers{};
    std::string_view body{};           // of a POST
    const object_source* upload = nullptr; // of a PUT
    std::uint64_t from = 0;
    std::uint64_t count = 0;
    bool may_take_long = false; // the server has work to do before it answers
    std::span<char> into{}; // where a body goes that is no XML; else into s3_answer::text
};

struct s3_answer {
    long status = 0;
    std::string text;      // at most 4 MiB
    std::string etag;
    std::size_t filled = 0; // of `into`
    long length = -1;
    long modified = -1; // seconds since 1970
};

class s3_client {
public:
    explicit s3_client(const s3_settings& settings);
    ~s3_client();
    s3_client(const s3_client&) = delete;
    s3_client& operator=(const s3_client&) = delete;

    // An error when there was no whole answer.
    boost::system::result<s3_answer> ask(const s3_request& request) const;

private:
    void* take() const;
    void give_back(void* handle) const;

    const s3_settings settings_;
    const std::string signing_;
    const std::string credentials_;
    mutable std::mutex mutex_;
    mutable std::vector<void*> spare_;
};

// What an answer that is no success means; `text` is S3's error document.
errc error_of(const s3_answer& answer);
// The text of the first element `name` behind `at`, which moves behind it; empty when there is none.
std::string_view next_element(std::string_view xml, std::string_view name, std::size_t& at);
// Percent-encoded as the signature wants it.
std::string escaped(std::string_view text);

} // namespace tongban::objects
