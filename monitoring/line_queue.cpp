// The log may lose lines, never stop the gateway: the queue gives up its oldest, the writer what a stuck reader does
// not take.
#include "monitoring/line_queue.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace tongban::monitoring {

namespace {

constexpr std::size_t lines_max = 4096;
constexpr std::size_t bytes_max = 4UL * 1024 * 1024;
// Gathered this long, or until this much waits.
constexpr std::chrono::milliseconds gather{10};
constexpr std::size_t enough_bytes = 64UL * 1024;
constexpr std::chrono::milliseconds stuck_reader{1000};

bool is_regular_file(int descriptor) {
    struct stat info {};
    return ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

} // namespace

line_queue::line_queue(int descriptor, std::function<std::string(std::uint64_t)> told)
    : descriptor_(descriptor), is_file_(is_regular_file(descriptor)), told_(std::move(told)),
      writer_([this] { run(); }) {}

line_queue::~line_queue() {
    stop(std::chrono::milliseconds(0));
}

void line_queue::put(std::string_view line, bool urgent) {
    bool is_first = false;
    bool enough = false;
    {
        const std::lock_guard lock(mutex_);
        while (waiting_.count != 0 && (waiting_.count >= lines_max ||
                                       waiting_.text.size() - waiting_.begin + line.size() > bytes_max)) {
            give_up_oldest();
        }
        is_first = waiting_.count == 0;
        const std::size_t before = waiting_.text.size();
        waiting_.text += line;
        ++waiting_.count;
        enough = before < enough_bytes && waiting_.text.size() >= enough_bytes;
        urgent_ = urgent_ || urgent;
    }
    if (is_first) {
        first_.notify_one();
    }
    if (urgent || enough) {
        hurry_.notify_one();
    }
}

void line_queue::give_up_oldest() {
    waiting_.begin = waiting_.text.find('\n', waiting_.begin) + 1;
    --waiting_.count;
    ++lost_;
    if (waiting_.begin > bytes_max) {
        waiting_.text.erase(0, waiting_.begin);
        waiting_.begin = 0;
    }
}

void line_queue::stop(std::chrono::milliseconds patience) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            stopping_ = true;
            give_up_at_ = clock::now() + patience;
        }
    }
    first_.notify_one();
    hurry_.notify_one();
    if (writer_.joinable()) {
        writer_.join();
    }
}

std::uint64_t line_queue::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

void line_queue::run() {
    pthread_setname_np(pthread_self(), "log");
    lines taken;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            first_.wait(lock, [&] { return waiting_.count != 0 || stopping_; });
            hurry_.wait_for(lock, gather,
                            [&] { return stopping_ || urgent_ || waiting_.text.size() >= enough_bytes; });
            if (waiting_.count == 0) {
                break; // stopping
            }
            urgent_ = false;
            std::swap(taken, waiting_);
        }
        write(taken);
        const bool large = taken.text.capacity() > 4 * enough_bytes;
        taken = large ? lines() : lines{std::move(taken.text), 0, 0};
        taken.text.clear();
    }
    // What was lost last, too, is told when there is room.
    lines none;
    write(none);
}

// Whole lines together, as many as the descriptor surely takes; what cannot be written is lost.
void line_queue::write(lines& taken) {
    std::string_view left = std::string_view(taken.text).substr(taken.begin);
    const std::size_t most = is_file_ ? enough_bytes : PIPE_BUF; // a pipe that is ready takes PIPE_BUF bytes
    while (!left.empty()) {
        tell_lost();
        std::size_t end = left.size();
        if (end > most) {
            end = left.rfind('\n', most - 1);
            end = (end == std::string_view::npos ? left.find('\n') : end) + 1;
        }
        if (const std::uint64_t gone = write_lines(left.substr(0, end)); gone != 0) {
            const std::lock_guard lock(mutex_);
            lost_ += gone;
        }
        left.remove_prefix(end);
    }
    if (taken.text.empty()) {
        tell_lost();
    }
}

void line_queue::tell_lost() {
    if (const std::uint64_t now_lost = lost(); now_lost != reported_ && write_lines(told_(now_lost - reported_)) == 0) {
        reported_ = now_lost;
    }
}

// How many lines were lost. A line begun is not: its rest goes first next time, so that neither a full disk nor a
// reader that slept leaves half a line before a whole one.
std::uint64_t line_queue::write_lines(std::string_view text) {
    begun_.erase(0, write_some(begun_));
    if (!begun_.empty()) {
        return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    }
    const std::size_t written = write_some(text);
    const bool in_a_line = written != 0 && text[written - 1] != '\n';
    text.remove_prefix(written);
    if (in_a_line) {
        begun_ = text.substr(0, text.find('\n') + 1);
        text.remove_prefix(begun_.size());
    }
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

int line_queue::patience_ms() const {
    const std::lock_guard lock(mutex_);
    if (give_up_at_ == clock::time_point::max()) {
        return static_cast<int>(stuck_reader.count());
    }
    const auto left = std::chrono::floor<std::chrono::milliseconds>(give_up_at_ - clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), stuck_reader).count());
}

// How much of `text` was taken. A signal in between is no reason to lose a line.
std::size_t line_queue::write_some(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        if (!is_file_) {
            pollfd ready{descriptor_, POLLOUT, 0};
            const int found = ::poll(&ready, 1, patience_ms());
            if (found < 0 && errno == EINTR) {
                continue;
            }
            if (found <= 0) {
                break;
            }
        }
        const std::string_view left = text.substr(done, is_file_ ? std::string_view::npos : PIPE_BUF);
        const ssize_t written = ::write(descriptor_, left.data(), left.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            break;
        }
        done += static_cast<std::size_t>(written);
    }
    return done;
}

} // namespace tongban::monitoring
