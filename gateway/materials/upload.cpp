// One file on its way in: under one mutex what is done to its file, under another what is known of it.
#include "gateway/materials/upload.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
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

bool unfinished_account::begin(std::uint64_t announced_bytes) {
    const std::lock_guard lock(mutex_);
    if (has_.uploads >= limits_.uploads_per_partner_max || announced_bytes > left()) {
        return false;
    }
    ++has_.uploads;
    return true;
}

void unfinished_account::take_up(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    ++has_.uploads;
    has_.bytes += bytes;
}

void unfinished_account::end(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    --has_.uploads;
    has_.bytes -= bytes;
}

bool unfinished_account::take_bytes(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > left()) {
        return false;
    }
    has_.bytes += bytes;
    return true;
}

void unfinished_account::give_back(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    has_.bytes -= bytes;
}

unfinished_account::figures unfinished_account::has() const {
    const std::lock_guard lock(mutex_);
    return has_;
}

void upload::seen::take(std::string_view more) {
    sha256.update(more);
    sm3.update(more);
    head.append(more.substr(0, sniffed_bytes - std::min(sniffed_bytes, head.size())));
    bytes += more.size();
}

upload::upload(std::string id, std::filesystem::path file, announced said, std::uint64_t offset,
               std::chrono::system_clock::time_point begun, std::shared_ptr<unfinished_account> account)
    : id_(std::move(id)), partner_(said.partner), file_(std::move(file)), begun_(begun), account_(std::move(account)),
      said_(std::move(said)), offset_(offset) {}

upload::~upload() {
    close();
}

void upload::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
    seen_.reset();
}

announced upload::said() const {
    const std::lock_guard lock(state_mutex_);
    return said_;
}

std::uint64_t upload::take_turn() {
    const std::lock_guard lock(state_mutex_);
    return ++turn_;
}

bool upload::has_turn(std::uint64_t turn) const {
    const std::lock_guard lock(state_mutex_);
    return owns(turn);
}

std::uint64_t upload::offset() const {
    const std::lock_guard lock(state_mutex_);
    return offset_;
}

bool upload::agree(const std::optional<std::uint64_t>& length, const std::string& sha256, const std::string& sm3) {
    const auto contradicts = [](const std::string& before, const std::string& now) {
        return !before.empty() && !now.empty() && before != now;
    };
    const std::lock_guard lock(state_mutex_);
    if ((length && (said_.length ? *said_.length != *length : offset_ > *length)) || contradicts(said_.sha256, sha256) ||
        contradicts(said_.sm3, sm3)) {
        return false;
    }
    said_.length = length ? length : said_.length;
    said_.sha256 = sha256.empty() ? said_.sha256 : sha256;
    said_.sm3 = sm3.empty() ? said_.sm3 : sm3;
    return true;
}

boost::system::result<void> upload::open() {
    if (descriptor_ < 0) {
        descriptor_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
    }
    return descriptor_ < 0 ? boost::system::result<void>(of_errno(errno)) : boost::system::result<void>();
}

// Takes away what a writer left behind the offset after its turn, and reads what this process did not see arrive, or did
// not keep the digest of.
boost::system::result<void> upload::catch_up(std::uint64_t turn, std::uint64_t offset) {
    if (const auto opened = open(); !opened) {
        return opened.error();
    }
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0 || (static_cast<std::uint64_t>(found.st_size) > offset &&
                                              ::ftruncate(descriptor_, static_cast<off_t>(offset)) != 0)) {
        return of_errno(errno);
    }
    if (!seen_) {
        seen_ = std::make_unique<seen>();
    }
    std::vector<char> block(seen_->bytes < offset ? block_bytes : 0);
    while (seen_->bytes < offset) {
        if (!has_turn(turn)) { // a large file takes seconds, for which nobody waits any more
            return make_error_code(staging_errc::taken_over);
        }
        const auto wanted = std::min<std::uint64_t>(block.size(), offset - seen_->bytes);
        const auto count = ::pread(descriptor_, block.data(), wanted, static_cast<off_t>(seen_->bytes));
        if (count <= 0) {
            return make_error_code(staging_errc::failed);
        }
        seen_->take({block.data(), static_cast<std::size_t>(count)});
    }
    return {};
}

boost::system::result<std::size_t> upload::write(std::string_view bytes, std::uint64_t offset) {
    for (;;) {
        const auto count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            return of_errno(errno);
        }
    }
}

bool upload::advance(std::uint64_t turn, std::size_t written) {
    const std::lock_guard lock(state_mutex_);
    if (!owns(turn)) {
        return false;
    }
    offset_ += written;
    return true;
}

boost::system::result<void> upload::append(std::uint64_t turn, std::string_view bytes) {
    const std::lock_guard disk(disk_mutex_);
    std::uint64_t offset = 0;
    {
        const std::lock_guard lock(state_mutex_);
        if (!owns(turn)) {
            return make_error_code(staging_errc::taken_over);
        }
        if (said_.length && bytes.size() > *said_.length - std::min(*said_.length, offset_)) {
            return make_error_code(staging_errc::wrong_length);
        }
        offset = offset_;
    }
    if (const auto ready = catch_up(turn, offset); !ready) {
        return ready.error();
    }
    if (!account_->take_bytes(bytes.size())) {
        return make_error_code(staging_errc::crowded);
    }
    boost::system::result<void> done;
    while (done && !bytes.empty()) {
        const auto written = write(bytes, offset);
        if (!written || !advance(turn, *written)) {
            done = written ? make_error_code(staging_errc::taken_over) : written.error();
        } else {
            seen_->take(bytes.substr(0, *written));
            offset += *written;
            bytes.remove_prefix(*written);
        }
    }
    account_->give_back(bytes.size()); // what did not come to count
    return done;
}

void upload::rewind(std::uint64_t turn, std::uint64_t offset) {
    const std::lock_guard disk(disk_mutex_);
    {
        const std::lock_guard lock(state_mutex_);
        if (!owns(turn) || offset >= offset_) {
            return;
        }
        account_->give_back(offset_ - offset);
        offset_ = offset;
    }
    seen_.reset();
    std::error_code ignored; // what is left goes before more is written
    std::filesystem::resize_file(file_, offset, ignored);
}

std::string upload::type_so_far() const {
    const std::lock_guard disk(disk_mutex_);
    return seen_ && seen_->head.size() >= sniffed_bytes ? std::string(media_type_of(seen_->head)) : std::string();
}

boost::system::result<received> upload::finish(std::uint64_t turn) {
    const std::lock_guard disk(disk_mutex_);
    const auto size = this->offset();
    if (!has_turn(turn)) {
        return make_error_code(staging_errc::taken_over);
    }
    if (const auto ready = catch_up(turn, size); !ready) {
        return ready.error();
    }
    if (::fdatasync(descriptor_) != 0) {
        return of_errno(errno);
    }
    {
        const std::lock_guard lock(state_mutex_);
        if (!owns(turn)) {
            return make_error_code(staging_errc::taken_over);
        }
        said_.length = said_.length.value_or(size); // on its way to the store it must not grow
    }
    received found{seen_->sha256.finish(), seen_->sm3.finish(), size, std::string(media_type_of(seen_->head))};
    close(); // whoever finishes again reads again
    return found;
}

void upload::leave() {
    {
        const std::lock_guard lock(state_mutex_);
        if (is_gone_) {
            return;
        }
        is_gone_ = true;
        account_->end(offset_);
    }
    const std::lock_guard disk(disk_mutex_);
    close(); // here, since the end of a large file that was removed takes its time
}

} // namespace tongban::materials
