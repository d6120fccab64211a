// A scrape for promtool to judge: each kind of series, the process figures, and label values from a hostile
// client.
#include "monitoring/metrics.hpp"
#include "monitoring/process.hpp"

#include <cmath>
#include <iostream>

int main() {
    namespace m = tongban::monitoring;
    m::registry metrics;
    m::add_process_metrics(metrics);
    metrics.make_counter("tongban_first_total", "A \"quoted\" help.", {{"kind", "x"}}).add();
    metrics.make_gauge("tongban_second", "B.").set(std::nan(""));
    metrics.make_histogram("tongban_third_seconds", "C.", m::stage_buckets()).observe(3.5);
    auto& family = metrics.make_counter_family("tongban_fourth_total", "D.", {"value"}, 3);
    for (const char* hostile : {"\xff\xfe", "a\"} 1\ntongban_forged 7\n", "济宁", "one more", "and more"})
        family.with({hostile}).add();
    metrics.make_collected_gauge("tongban_fifth", "E.", [](m::registry::collected& out) {
        out.push_back({{{"x", "\n\"\\"}}, INFINITY});
        out.push_back({{{"x", "\n\"\\"}}, 2});
    });
    std::cout << metrics.render();
}
