// One file on its way in.
#include "gateway/materials/staging.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace tongban::materials {

namespace {

constexpr std::size_t block_bytes = 128UL * 1024;

boost::system::error_code of_errno(int number) noexcept {
    const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    return make_error_code(full ? staging_errc::full : staging_errc::failed);
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "staging"; }
    std::string message(int value) const override {
        switch (static_cast<staging_errc>(value)) {
        case staging_errc::full: return "the disk is full";
        case staging_errc::crowded: return "too many unfinished uploads";
        case staging_errc::taken_over: return "another request goes on with this upload";
        case staging_errc::wrong_length: return "more bytes than announced";
        case staging_errc::failed: break;
        }
        return "the file cannot be written";
    }
};

} // namespace

const boost::system::error_category& staging_category() noexcept {
    static const category one;
    return one;
}

void upload::seen::take(std::string_view more) {
    sha256.update(more);
    sm3.update(more);
    head.append(more.substr(0, sniffed_bytes - std::min(sniffed_bytes, head.size())));
    bytes += more.size();
}

upload::upload(std::string id, std::filesystem::path file, announced said, std::uint64_t offset,
               std::chrono::system_clock::time_point begun)
    : id_(std::move(id)), file_(std::move(file)), begun_(begun), said_(std::move(said)), offset_(offset) {}

upload::~upload() {
    close();
}

void upload::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
    seen_.reset();
}

std::uint64_t upload::take_turn() {
    const std::lock_guard lock(mutex_);
    return ++turn_;
}

std::uint64_t upload::offset() const {
    const std::lock_guard lock(mutex_);
    return offset_;
}

bool upload::agree(const std::optional<std::uint64_t>& length, const std::string& sha256, const std::string& sm3) {
    const std::lock_guard lock(mutex_);
    const auto same = [](std::string& before, const std::string& now) {
        before = before.empty() ? now : before;
        return now.empty() || before == now;
    };
    if (length && (said_.length ? *said_.length != *length : offset_ > *length)) {
        return false;
    }
    said_.length = length ? length : said_.length;
    return same(said_.sha256, sha256) && same(said_.sm3, sm3);
}

boost::system::result<void> upload::open() {
    if (descriptor_ < 0) {
        descriptor_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
    }
    return descriptor_ < 0 ? boost::system::result<void>(of_errno(errno)) : boost::system::result<void>();
}

// Reads what this process did not see arrive, or did not keep the digest of.
boost::system::result<void> upload::catch_up() {
    if (const auto opened = open(); !opened) {
        return opened.error();
    }
    if (!seen_) {
        seen_ = std::make_unique<seen>();
    }
    std::vector<char> block(seen_->bytes < offset_ ? block_bytes : 0);
    while (seen_->bytes < offset_) {
        const auto wanted = std::min<std::uint64_t>(block.size(), offset_ - seen_->bytes);
        const auto count = ::pread(descriptor_, block.data(), wanted, static_cast<off_t>(seen_->bytes));
        if (count <= 0) {
            return make_error_code(staging_errc::failed);
        }
        seen_->take({block.data(), static_cast<std::size_t>(count)});
    }
    return {};
}

boost::system::result<void> upload::append(std::uint64_t turn, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (turn != turn_) {
        return make_error_code(staging_errc::taken_over);
    }
    if (said_.length && bytes.size() > *said_.length - std::min(*said_.length, offset_)) {
        return make_error_code(staging_errc::wrong_length);
    }
    if (const auto ready = catch_up(); !ready) {
        return ready.error();
    }
    while (!bytes.empty()) {
        const auto count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset_));
        if (count < 0 && errno != EINTR) {
            return of_errno(errno);
        }
        if (count > 0) {
            const auto written = static_cast<std::size_t>(count);
            seen_->take(bytes.substr(0, written));
            offset_ += written;
            bytes.remove_prefix(written);
        }
    }
    return {};
}

void upload::rewind(std::uint64_t turn, std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    if (turn == turn_ && offset < offset_ && ::truncate(file_.c_str(), static_cast<off_t>(offset)) == 0) {
        offset_ = offset;
        seen_.reset();
    }
}

std::string upload::type_so_far() const {
    const std::lock_guard lock(mutex_);
    return seen_ && seen_->head.size() >= sniffed_bytes ? std::string(media_type_of(seen_->head)) : std::string();
}

boost::system::result<received> upload::finish(std::uint64_t turn) {
    const std::lock_guard lock(mutex_);
    if (turn != turn_) {
        return make_error_code(staging_errc::taken_over);
    }
    if (const auto ready = catch_up(); !ready) {
        return ready.error();
    }
    if (::fdatasync(descriptor_) != 0) {
        return of_errno(errno);
    }
    received found{seen_->sha256.finish(), seen_->sm3.finish(), offset_, std::string(media_type_of(seen_->head))};
    close(); // whoever finishes again reads again
    return found;
}

} // namespace tongban::materials
