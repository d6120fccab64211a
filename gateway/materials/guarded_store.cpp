#include "gateway/materials/guarded_store.hpp"

#include "monitoring/log.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {
constexpr std::uint64_t bytes_in_a_second = 1UL << 20;
constexpr std::uint64_t names_in_a_second = 100; // listed
} // namespace

guarded_store::guarded_store(std::shared_ptr<objects::object_store> store, const store_patience& patience,
                             monitoring::registry& metrics)
    : store_(std::move(store)), patience_(patience),
      state_(metrics.make_gauge("tongban_materials_store_breaker_state",
                                "Circuit breaker of the object store: 0 closed, 1 half open, 2 open.")),
      breaker_(patience.breaker) {}

boost::system::result<void> guarded_store::put(const std::string& name, const objects::object_source& bytes) {
    return ask(bytes.size(), [&] { return store_->put(name, bytes); });
}

boost::system::result<void> guarded_store::adopt(const std::string& name, const std::filesystem::path& file) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(file, failed);
    return ask(failed ? 0 : size, [&] { return store_->adopt(name, file); });
}

boost::system::result<std::size_t> guarded_store::read(const std::string& name, std::uint64_t offset,
                                                       std::span<char> into) const {
    return ask(into.size(), [&] { return store_->read(name, offset, into); });
}

boost::system::result<std::optional<objects::object_facts>> guarded_store::stat(const std::string& name) const {
    return ask(0, [&] { return store_->stat(name); });
}

boost::system::result<void> guarded_store::remove(const std::string& name) {
    return ask(0, [&] { return store_->remove(name); });
}

boost::system::result<std::vector<objects::object_facts>> guarded_store::list(const std::string& after,
                                                                              std::size_t max) const {
    return ask(max / names_in_a_second * bytes_in_a_second, [&] { return store_->list(after, max); });
}

bool guarded_store::is_away() const {
    const auto now = clock::now();
    const std::lock_guard lock(mutex_);
    count_unanswered(now);
    const auto hanging = std::ranges::count_if(under_way_, [](const auto& one) { return one.second.is_counted; });
    return static_cast<std::size_t>(hanging) >= patience_.hanging_max ||
           (breaker_.state() == breaker::breaker_state::open && now < breaker_.opens_until());
}

template <class Call>
auto guarded_store::ask(std::uint64_t bytes, Call&& what) const -> decltype(what()) {
    const auto number = begin(bytes);
    if (!number) {
        return make_error_code(objects::errc::unavailable);
    }
    auto answer = what();
    finish(*number, answer ? boost::system::error_code() : answer.error());
    return answer;
}

std::optional<std::uint64_t> guarded_store::begin(std::uint64_t bytes) const {
    const auto now = clock::now();
    const std::lock_guard lock(mutex_);
    count_unanswered(now);
    const auto before = breaker_.state();
    const bool may = breaker_.try_begin(now);
    tell(before);
    if (!may) {
        return std::nullopt;
    }
    const auto in = patience_.answers_within + std::chrono::milliseconds(bytes * 1000 / bytes_in_a_second);
    under_way_[++numbers_] = {now + in};
    return numbers_;
}

void guarded_store::finish(std::uint64_t number, boost::system::error_code error) const {
    const std::lock_guard lock(mutex_);
    const auto ended = under_way_.extract(number);
    const auto before = breaker_.state();
    if (error != objects::errc::unavailable) {
        breaker_.succeeded(); // it answers, whatever it says
    } else if (!ended.mapped().is_counted) {
        breaker_.failed(clock::now(), {}, random_);
    }
    tell(before);
}

void guarded_store::count_unanswered(clock::time_point now) const {
    for (auto& [number, one] : under_way_) {
        if (!one.is_counted && one.due <= now) {
            one.is_counted = true;
            const auto before = breaker_.state();
            breaker_.failed(now, {}, random_);
            tell(before);
        }
    }
}

void guarded_store::tell(breaker::breaker_state before) const {
    using breaker::breaker_state;
    const auto after = breaker_.state();
    state_.set(static_cast<double>(after));
    if (after != before && after != breaker_state::half_open) {
        const bool opened = after == breaker_state::open;
        monitoring::log(opened ? monitoring::severity::error : monitoring::severity::info,
                        opened ? "materials_store_left_alone" : "materials_store_answers_again", {});
    }
}

} // namespace tongban::materials
