// Families are kept here rather than looked up in prometheus-cpp by name, so that a name belongs to one kind
// and one help text, and every label value is made fit for the exposition format before it is stored.
#include "monitoring/metrics.hpp"

#include "monitoring/series_index.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace tongban::monitoring {
namespace {

constexpr std::size_t collected_series_max = 10000; // 300 regions by 30 figures are the most

// The naming rule of monitoring/README.md; a breach is a bug of ours and stops the start.
void check_name(const std::string& name, const std::string& help, bool is_counter) {
    const bool prefixed = name.starts_with("tongban_") || name.starts_with("process_");
    const bool characters = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    // prometheus-cpp does not escape help texts.
    const bool help_fits = !help.empty() && help.find_first_of("\n\\") == std::string::npos;
    if (!prefixed || !characters || !help_fits || name.ends_with("_total") != is_counter)
        throw std::logic_error("metric name or help against the rule: " + name);
}

prometheus::Labels fit_labels(const labels& given) {
    prometheus::Labels fit;
    for (const auto& [name, value] : given)
        fit.emplace(name, fit_label_value(value));
    return fit;
}

class bounded_counters final : public counter_family {
public:
    bounded_counters(prometheus::Family<prometheus::Counter>& family, std::vector<std::string> names,
                     std::size_t max, counter refused)
        : index_(std::move(names), max, refused,
                 [&family](const prometheus::Labels& series) { return &family.Add(series); }) {}
    counter with(std::initializer_list<std::string_view> values) override {
        return counter(index_.find(values));
    }

private:
    series_index<prometheus::Counter> index_;
};

class bounded_histograms final : public histogram_family {
public:
    bounded_histograms(prometheus::Family<prometheus::Histogram>& family, std::vector<std::string> names,
                       std::vector<double> buckets, std::size_t max, counter refused)
        : index_(std::move(names), max, refused,
                 [&family, buckets = std::move(buckets)](const prometheus::Labels& series) {
                     return &family.Add(series, buckets);
                 }) {}
    histogram with(std::initializer_list<std::string_view> values) override {
        return histogram(index_.find(values));
    }

private:
    series_index<prometheus::Histogram> index_;
};

struct collector {
    std::string name;
    std::string help;
    prometheus::MetricType type;
    std::function<void(registry::collected&)> collect;
};

} // namespace

struct registry::state {
    prometheus::Registry series{prometheus::Registry::InsertBehavior::Merge};
    mutable std::mutex mutex; // guards what follows
    std::map<std::string, std::string> help_by_name;
    std::vector<std::unique_ptr<counter_family>> counter_families;
    std::vector<std::unique_ptr<histogram_family>> histogram_families;
    std::vector<collector> collectors;
    prometheus::Family<prometheus::Counter>* refused = nullptr;
    prometheus::Family<prometheus::Counter>* failed = nullptr;

    // One name, one help text: two would be two families in the exposition, which Prometheus refuses.
    void claim(const std::string& name, const std::string& help, bool is_counter) {
        check_name(name, help, is_counter);
        const auto [entry, fresh] = help_by_name.emplace(name, help);
        if (!fresh && entry->second != help)
            throw std::logic_error("metric with two help texts: " + name);
    }
    void claim_once(const std::string& name, const std::string& help, bool is_counter) {
        if (help_by_name.contains(name))
            throw std::logic_error("metric registered twice: " + name);
        claim(name, help, is_counter);
    }
    counter refused_for(const std::string& name) const { return counter(&refused->Add({{"metric", name}})); }

    prometheus::MetricFamily run(const collector& c) const;
};

registry::registry() : state_(std::make_unique<state>()) {
    constexpr auto refused_name = "tongban_metric_series_refused_total";
    constexpr auto refused_help =
        "Observations counted under the label value other because a family was full.";
    constexpr auto failed_name = "tongban_metric_collect_failures_total";
    constexpr auto failed_help = "Gauges left out of a scrape because computing them failed.";
    state_->claim(refused_name, refused_help, true);
    state_->claim(failed_name, failed_help, true);
    state_->refused =
        &prometheus::BuildCounter().Name(refused_name).Help(refused_help).Register(state_->series);
    state_->failed = &prometheus::BuildCounter().Name(failed_name).Help(failed_help).Register(state_->series);
}

registry::~registry() = default;

counter registry::make_counter(const std::string& name, const std::string& help, const labels& fixed) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim(name, help, true);
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->series);
    return counter(&family.Add(fit_labels(fixed)));
}

gauge registry::make_gauge(const std::string& name, const std::string& help, const labels& fixed) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim(name, help, false);
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->series);
    return gauge(&family.Add(fit_labels(fixed)));
}

histogram registry::make_histogram(const std::string& name, const std::string& help,
                                   std::vector<double> buckets, const labels& fixed) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim(name, help, false);
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->series);
    return histogram(&family.Add(fit_labels(fixed), buckets));
}

counter_family& registry::make_counter_family(const std::string& name, const std::string& help,
                                              std::vector<std::string> label_names, std::size_t series_max) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim_once(name, help, true);
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->series);
    state_->counter_families.push_back(std::make_unique<bounded_counters>(
        family, std::move(label_names), series_max, state_->refused_for(name)));
    return *state_->counter_families.back();
}

histogram_family& registry::make_histogram_family(const std::string& name, const std::string& help,
                                                  std::vector<std::string> label_names,
                                                  std::vector<double> buckets, std::size_t series_max) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim_once(name, help, false);
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->series);
    state_->histogram_families.push_back(std::make_unique<bounded_histograms>(
        family, std::move(label_names), std::move(buckets), series_max, state_->refused_for(name)));
    return *state_->histogram_families.back();
}

void registry::make_collected_gauge(const std::string& name, const std::string& help,
                                    std::function<void(collected&)> collect) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim_once(name, help, false);
    state_->collectors.push_back({name, help, prometheus::MetricType::Gauge, std::move(collect)});
}

void registry::make_collected_counter(const std::string& name, const std::string& help,
                                      std::function<void(collected&)> collect) {
    const std::scoped_lock lock(state_->mutex);
    state_->claim_once(name, help, true);
    state_->collectors.push_back({name, help, prometheus::MetricType::Counter, std::move(collect)});
}

prometheus::MetricFamily registry::state::run(const collector& c) const {
    registry::collected values;
    try {
        c.collect(values);
    } catch (const std::exception&) {
        failed->Add({{"metric", c.name}}).Increment();
        values.clear();
    }
    prometheus::MetricFamily family{c.name, c.help, c.type, {}};
    std::set<prometheus::Labels> seen;
    for (const auto& [given, value] : values) {
        const prometheus::Labels fit = fit_labels(given);
        const bool duplicate = !seen.insert(fit).second;
        if (duplicate || family.metric.size() >= collected_series_max) {
            refused_for(c.name).add();
            continue;
        }
        prometheus::ClientMetric metric;
        for (const auto& [label, text] : fit)
            metric.label.push_back({label, text});
        (c.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
        family.metric.push_back(std::move(metric));
    }
    return family;
}

std::string registry::render() const {
    std::vector<prometheus::MetricFamily> families;
    {
        const std::scoped_lock lock(state_->mutex);
        for (const collector& c : state_->collectors) {
            families.push_back(state_->run(c));
            if (families.back().metric.empty())
                families.pop_back();
        }
    }
    for (prometheus::MetricFamily& family : state_->series.Collect())
        families.push_back(std::move(family));
    std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (prometheus::MetricFamily& family : families)
        std::sort(family.metric.begin(), family.metric.end(),
                  [](const auto& a, const auto& b) { return a.label < b.label; });
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return std::move(out).str();
}

void counter::add(double n) const noexcept {
    if (counter_ != nullptr)
        counter_->Increment(n);
}

void gauge::set(double value) const noexcept {
    if (gauge_ != nullptr)
        gauge_->Set(value);
}

void gauge::add(double n) const noexcept {
    if (gauge_ != nullptr)
        gauge_->Increment(n);
}

void histogram::observe(double value) const noexcept {
    if (histogram_ != nullptr)
        histogram_->Observe(value);
}

std::vector<double> request_buckets() {
    return {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
            0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
}

std::vector<double> stage_buckets() {
    constexpr double minute = 60;
    constexpr double hour = 60 * minute;
    constexpr double day = 24 * hour;
    return {1,   10,      minute,  5 * minute, 15 * minute, hour,     4 * hour, 8 * hour,
            day, 2 * day, 3 * day, 5 * day,    10 * day,    20 * day, 40 * day, 90 * day};
}

} // namespace tongban::monitoring
