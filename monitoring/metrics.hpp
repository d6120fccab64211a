// Metric handles. prometheus-cpp is seen only behind this header; handles are bound once at start, so the hot
// path pays a few nanoseconds. Names, labels and bounds: monitoring/README.md.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace tongban::monitoring {

using labels = std::vector<std::pair<std::string, std::string>>;

// Handles: copyable, thread-safe, valid as long as their registry. A default handle counts nowhere.
class counter {
public:
    counter() = default;
    explicit counter(prometheus::Counter* c) noexcept : counter_(c) {}
    void add(double n = 1) const noexcept;

private:
    prometheus::Counter* counter_ = nullptr;
};

class gauge {
public:
    gauge() = default;
    explicit gauge(prometheus::Gauge* g) noexcept : gauge_(g) {}
    void set(double value) const noexcept;
    void add(double n) const noexcept;

private:
    prometheus::Gauge* gauge_ = nullptr;
};

class histogram {
public:
    histogram() = default;
    explicit histogram(prometheus::Histogram* h) noexcept : histogram_(h) {}
    void observe(double value) const noexcept;

private:
    prometheus::Histogram* histogram_ = nullptr;
};

// Series by label values, made on first use and bounded: past `series_max` everything new is counted under
// the label value "other", and tongban_metric_series_refused_total counts. One hash look-up per call: not for
// the hottest path. Thread-safe.
class counter_family {
public:
    virtual ~counter_family() = default;
    virtual counter with(std::initializer_list<std::string_view> label_values) = 0;
};
class histogram_family {
public:
    virtual ~histogram_family() = default;
    virtual histogram with(std::initializer_list<std::string_view> label_values) = 0;
};

// Owns every series of the process. Built first, destroyed last. Thread-safe. A name that breaks the rules of
// monitoring/README.md, or is asked for as two kinds, throws std::logic_error: a bug, found at start. Label
// values are made valid UTF-8 and cut at 64 bytes.
class registry {
public:
    registry();
    ~registry();
    registry(const registry&) = delete;

    counter make_counter(const std::string& name, const std::string& help, const labels& fixed = {});
    gauge make_gauge(const std::string& name, const std::string& help, const labels& fixed = {});
    histogram make_histogram(const std::string& name, const std::string& help, std::vector<double> buckets,
                             const labels& fixed = {});
    counter_family& make_counter_family(const std::string& name, const std::string& help,
                                        std::vector<std::string> label_names, std::size_t series_max);
    histogram_family& make_histogram_family(const std::string& name, const std::string& help,
                                            std::vector<std::string> label_names, std::vector<double> buckets,
                                            std::size_t series_max);

    // Gauges computed at scrape time: `collect` appends (labels, value) pairs; called on the scraping thread,
    // one scrape at a time; must not call the registry. What `collect` refers to has to live until the last
    // scrape.
    using collected = std::vector<std::pair<labels, double>>;
    void make_collected_gauge(const std::string& name, const std::string& help,
                              std::function<void(collected&)> collect);

    // The same for totals that something else counts (librdkafka, RocksDB, the kernel).
    void make_collected_counter(const std::string& name, const std::string& help,
                                std::function<void(collected&)> collect);

    // The exposition text (version 0.0.4).
    std::string render() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Buckets in seconds for requests and appends, and for stages that last minutes to months.
std::vector<double> request_buckets();
std::vector<double> stage_buckets();

} // namespace tongban::monitoring
