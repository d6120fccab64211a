// Memory is counted by what arrived, not by what was announced: a large Content-Length alone takes nothing away.
#include "gateway/http/body_sink.hpp"

#include <algorithm>

namespace tongban::http {

namespace {
constexpr std::size_t kept_bytes_max = 32UL * 1024;
}

void body_sink::begin(std::size_t bytes_max, bool gzip) {
    bytes_max_ = bytes_max;
    received_ = 0;
    fault_ = fault::none;
    inflater_ = gzip ? std::make_unique<inflater>() : nullptr;
}

void body_sink::reserve(std::size_t declared) {
    into_.reserve(std::min({declared, bytes_max_, kept_bytes_max}));
}

bool body_sink::refuse(fault why) {
    fault_ = why;
    into_.resize(held_); // what was not counted is not kept
    return false;
}

bool body_sink::account() {
    const std::size_t growth = into_.size() - held_;
    if (growth > memory_.max - std::min(memory_.max, memory_.held)) {
        return refuse(fault::no_memory);
    }
    memory_.held += growth;
    held_ += growth;
    return true;
}

bool body_sink::take(std::string_view bytes) {
    if (bytes.size() > bytes_max_ - received_) {
        return refuse(fault::too_large);
    }
    received_ += bytes.size();
    if (!inflater_) {
        into_.append(bytes);
        return account();
    }
    switch (inflater_->put(bytes, into_, bytes_max_)) {
    case inflater::verdict::too_large: return refuse(fault::inflated_too_large);
    case inflater::verdict::broken: return refuse(fault::broken_gzip);
    default: return account();
    }
}

bool body_sink::finish() {
    if (inflater_ && !inflater_->complete()) {
        fault_ = fault::broken_gzip;
        return false;
    }
    inflater_.reset();
    return true;
}

void body_sink::drop() {
    memory_.held -= held_;
    held_ = 0;
    into_.clear();
}

void body_sink::release() {
    memory_.held -= held_;
    held_ = 0;
    inflater_.reset();
    if (into_.capacity() > kept_bytes_max) {
        std::string().swap(into_);
    }
    into_.clear();
}

} // namespace tongban::http
