// The accounts of every case, folded from the ledger's records with the case rules alone: independent of the
// projection and its totals, so that neither can be wrong alone. States stand in a scratch store; memory is bounded.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/store/view_store.hpp"
#include "gateway/cases/deliveries.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tongban::ledger {

// What became of what was due to one region. due = acknowledged + pending + dead_lettered + discarded, or something
// is wrong.
struct target_account {
    std::int64_t due = 0;
    std::int64_t acknowledged = 0;
    std::int64_t pending = 0;
    std::int64_t dead_lettered = 0;
    std::int64_t discarded = 0;
    std::int64_t gap() const noexcept { return due - acknowledged - pending - dead_lettered - discarded; }
    void add(const target_account& other) noexcept;
    friend bool operator==(const target_account&, const target_account&) = default;
};

struct case_account {
    std::uint32_t partition = 0;
    std::uint32_t accepted = 0;  // first submissions that were applied
    std::int64_t first_ms = 0;   // when the case's first event was recorded
    std::map<std::string, target_account, std::less<>> settled; // by region: due, acknowledged and discarded
    v1::CaseState state;

    // By region, with what is unsettled counted from the state.
    std::map<std::string, target_account, std::less<>> targets() const;
};

class case_accounts {
public:
    // `scratch` is empty and outlives it.
    explicit case_accounts(store::view_store& scratch);

    // False: the record is none of ours, or not of the case its key names. An error is the scratch store's.
    boost::system::result<bool> fold(const log::record& record);
    // Before reading: what is in memory goes to the scratch store.
    boost::system::error_code settle();

    // After settle(): every case in the order of case ids, until `visit` returns an error.
    boost::system::error_code
    each(const std::function<boost::system::error_code(const std::string& case_id, const case_account&)>& visit) const;
    boost::system::result<bool> knows(std::string_view case_id) const;
    // Settled deliveries of a case: ordinal and region as in the view's key, and the row's bytes.
    struct settled_row {
        std::uint32_t ordinal = 0;
        std::string region;
        std::string bytes;
    };
    boost::system::result<std::vector<settled_row>> settled_of(std::string_view case_id) const;

    std::uint64_t records() const noexcept { return records_; }
    // Cases that the last record folded tells of deliveries of, although no event of theirs came before it;
    // empty for a name that is none.
    const std::vector<std::string>& strangers() const noexcept { return strangers_; }

private:
    boost::system::result<case_account*> find(const std::string& case_id);
    boost::system::error_code fold_event(const log::record& record);
    boost::system::error_code fold_facts(const log::record& record);

    static constexpr std::size_t in_memory_max = 10000;

    store::view_store& scratch_;
    std::unordered_map<std::string, case_account> hot_;
    std::unique_ptr<store::write_batch> batch_;
    v1::LedgerRecord record_;
    std::uint64_t records_ = 0;
    std::vector<std::string> strangers_;
};

} // namespace tongban::ledger
