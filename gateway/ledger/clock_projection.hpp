// What clocks add to the view: when a timer has something to say of a case, which due times are provisional, and how many
// open cases are in which band. Part of the projection, on its thread, in its batch.
#pragma once

#include "connectors/store/view_store.hpp"
#include "gateway/ledger/clock_watch.hpp"

#include <map>
#include <set>
#include <string>

namespace tongban::ledger {

class clock_projection {
public:
    // With a watch, the figures are kept there.
    explicit clock_projection(clock_watch* watch) : watch_(watch) {}

    // What the rows hold of a case in one state.
    struct indexed {
        std::int64_t timer_ms = 0; // 0: none
        bool provisional = false;
        v1::SupervisionBand band{}; // of an open case
        std::string dest_region;    // of the band
        friend bool operator==(const indexed&, const indexed&) = default;
    };
    static indexed index_of(const v1::CaseState& state, bool open);

    // Reads the counts of a view that is there. An error is the store's.
    boost::system::error_code load(const store::view_store& rows);
    void write(case_number number, const indexed& before, const indexed& after, store::write_batch& batch);
    // Writes the counts that changed since the last call.
    void seal(store::write_batch& batch);

private:
    void add(const indexed& index, std::int64_t more);

    clock_watch* watch_;
    std::map<std::string, std::int64_t, std::less<>> counts_; // by row key
    std::set<std::string, std::less<>> changed_;
};

} // namespace tongban::ledger
