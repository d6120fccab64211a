// The bounded look-up behind counter_family and histogram_family. Seen only by metrics.cpp: what a client
// sends may choose a label value, so the number of series and the bytes of a value have to end somewhere.
#pragma once

#include "monitoring/metrics.hpp"
#include "monitoring/text.hpp"

#include <prometheus/labels.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace tongban::monitoring {

constexpr std::size_t label_value_bytes_max = 64;

inline std::string fit_label_value(std::string_view value) {
    std::string fit;
    append_valid_utf8(fit, value, label_value_bytes_max);
    return fit;
}

// Metric is prometheus::Counter or prometheus::Histogram; the series live in their family, the index only
// points. Thread-safe; a look-up that hits takes a shared lock and no allocation.
template <typename Metric>
class series_index {
public:
    using make_series = std::function<Metric*(const prometheus::Labels&)>;

    series_index(std::vector<std::string> names, std::size_t series_max, counter refused, make_series make)
        : names_(std::move(names)), series_max_(series_max), refused_(refused), make_(std::move(make)) {}

    Metric* find(std::initializer_list<std::string_view> values) {
        if (values.size() != names_.size())
            throw std::logic_error("metric family asked with another number of labels");
        thread_local std::string key;
        key.clear();
        for (const std::string_view value : values) {
            const std::string_view head = value.substr(0, label_value_bytes_max);
            key += static_cast<char>(head.size());
            key += head;
        }
        {
            const std::shared_lock lock(mutex_);
            if (const auto found = series_.find(key); found != series_.end())
                return found->second;
        }
        const std::unique_lock lock(mutex_);
        return add(key, values);
    }

private:
    Metric* add(const std::string& key, std::initializer_list<std::string_view> values) {
        if (const auto found = series_.find(key); found != series_.end())
            return found->second;
        if (series_.size() >= series_max_) {
            refused_.add();
            if (other_ == nullptr)
                other_ = make_(label_set(std::vector<std::string_view>(names_.size(), "other")));
            return other_;
        }
        return series_.emplace(key, make_(label_set(values))).first->second;
    }

    prometheus::Labels label_set(const std::vector<std::string_view>& values) const {
        prometheus::Labels set;
        for (std::size_t i = 0; i < names_.size(); ++i)
            set.emplace(names_[i], fit_label_value(values[i]));
        return set;
    }

    const std::vector<std::string> names_;
    const std::size_t series_max_;
    const counter refused_;
    const make_series make_;
    std::shared_mutex mutex_;
    std::unordered_map<std::string, Metric*> series_;
    Metric* other_ = nullptr;
};

} // namespace tongban::monitoring
