// Gzip bodies, inflated as they arrive, so that a bomb is refused after its first bytes and never held whole.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace tongban::http {

class inflater {
public:
    enum class verdict { more, done, too_large, broken };

    inflater();
    ~inflater();
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    // Appends what `compressed` inflates to. Never lets `into` grow past `bytes_max`. After `done` only another gzip
    // member may follow (RFC 1952 allows several).
    verdict put(std::string_view compressed, std::string& into, std::size_t bytes_max);
    // True when what came so far is a whole number of members.
    bool complete() const noexcept { return complete_; }

private:
    std::unique_ptr<z_stream_s> stream_;
    bool usable_ = false;
    bool complete_ = false;
};

} // namespace tongban::http
