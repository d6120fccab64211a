// The object store, left alone while it does not answer: what is asked of it then fails at once, and who waits is told so
// instead of waiting with all others. A call that takes much longer than it should counts as unanswered while it still
// hangs, also where the store never says an error (a network file system).
#pragma once

#include "connectors/breaker/circuit_breaker.hpp"
#include "connectors/objects/object_store.hpp"
#include "monitoring/metrics.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <random>

namespace tongban::materials {

struct store_patience {
    std::size_t hanging_max = 4; // calls: with so many nobody is left to ask
    std::chrono::milliseconds answers_within{3000}; // and a second for each MiB that is written
    breaker::breaker_settings breaker{.failures_max = 3, .open_first = std::chrono::milliseconds(1000),
                                      .open_most = std::chrono::milliseconds(15'000)};
};

// Thread-safe.
class guarded_store final : public objects::object_store {
public:
    guarded_store(std::shared_ptr<objects::object_store> store, const store_patience& patience,
                  monitoring::registry& metrics);

    boost::system::result<void> put(const std::string& name, const objects::object_source& bytes) override;
    boost::system::result<void> adopt(const std::string& name, const std::filesystem::path& file) override;
    boost::system::result<std::size_t> read(const std::string& name, std::uint64_t offset,
                                            std::span<char> into) const override;
    boost::system::result<std::optional<objects::object_facts>> stat(const std::string& name) const override;
    boost::system::result<void> remove(const std::string& name) override;
    boost::system::result<std::vector<objects::object_facts>> list(const std::string& after,
                                                                   std::size_t max) const override;

    // Nothing would be asked of it now.
    bool is_away() const;

private:
    using clock = std::chrono::steady_clock;
    struct call {
        clock::time_point due;
        bool is_counted = false; // as unanswered
    };
    template <class Call>
    auto ask(std::uint64_t bytes, Call&& what) const -> decltype(what());
    // nullopt: it is left alone.
    std::optional<std::uint64_t> begin(std::uint64_t bytes) const;
    void finish(std::uint64_t number, boost::system::error_code error) const;
    void count_unanswered(clock::time_point now) const;
    void tell(breaker::breaker_state before) const;

    const std::shared_ptr<objects::object_store> store_;
    const store_patience patience_;
    const monitoring::gauge state_;
    mutable std::mutex mutex_;
    mutable breaker::circuit_breaker breaker_;
    mutable std::mt19937_64 random_{std::random_device{}()};
    mutable std::map<std::uint64_t, call> under_way_; // as many as workers
    mutable std::uint64_t numbers_ = 0;
};

} // namespace tongban::materials
