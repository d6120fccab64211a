// An object store in memory, with a clock of its own and a say in when each call takes effect.
#pragma once

#include "connectors/objects/object_store.hpp"

#include <functional>
#include <map>
#include <mutex>

namespace tongban::materials::testing {

class memory_store final : public objects::object_store {
public:
    using clock = std::chrono::system_clock;
    template <class Value>
    using result = boost::system::result<Value>;

    result<void> put(const std::string& name, const objects::object_source& bytes) override {
        std::string text(bytes.size(), '\0');
        static_cast<void>(bytes.read_at(0, text));
        return at_its_turn("put", [&]() -> result<void> {
            objects_[name] = {std::move(text), now};
            return {};
        });
    }
    result<std::size_t> read(const std::string& name, std::uint64_t offset, std::span<char> into) const override {
        return at_its_turn("read", [&]() -> result<std::size_t> {
            const auto found = objects_.find(name);
            if (found == objects_.end()) {
                return make_error_code(objects::errc::not_found);
            }
            return std::string_view(found->second.text).substr(offset).copy(into.data(), into.size());
        });
    }
    result<std::optional<objects::object_facts>> stat(const std::string& name) const override {
        return at_its_turn("stat", [&]() -> result<std::optional<objects::object_facts>> {
            const auto found = objects_.find(name);
            return found == objects_.end() ? std::nullopt : std::optional(facts(*found));
        });
    }
    result<void> remove(const std::string& name) override {
        return at_its_turn("remove", [&]() -> result<void> {
            objects_.erase(name);
            return {};
        });
    }
    result<std::vector<objects::object_facts>> list(const std::string& behind, std::size_t max) const override {
        return at_its_turn("list", [&]() -> result<std::vector<objects::object_facts>> {
            std::vector<objects::object_facts> found;
            for (auto at = objects_.upper_bound(behind); at != objects_.end() && found.size() < max; ++at) {
                found.push_back(facts(*at));
            }
            return found;
        });
    }

    // Called before each call takes effect, on the caller's thread, without a lock held; an error is the call's result.
    std::function<boost::system::error_code(std::string_view call)> before = [](std::string_view) {
        return boost::system::error_code();
    };
    // Called after it.
    std::function<void()> after = [] {};
    clock::time_point now = clock::now();

private:
    struct object {
        std::string text;
        clock::time_point written_at;
    };
    static objects::object_facts facts(const std::pair<const std::string, object>& one) {
        return {one.first, one.second.text.size(), one.second.written_at};
    }
    template <class Call>
    auto at_its_turn(std::string_view which, Call&& call) const -> decltype(call()) {
        if (const auto error = before(which)) {
            return error;
        }
        auto done = [&] {
            const std::lock_guard lock(mutex_);
            return call();
        }();
        after();
        return done;
    }

    mutable std::mutex mutex_;
    std::map<std::string, object> objects_;
};

} // namespace tongban::materials::testing
