// Reads the state rows in the order of their keys.
#include "gateway/ledger/open_cases.hpp"

#include "gateway/ledger/rows.hpp"

namespace tongban::ledger {

boost::system::error_code for_each_open_case(const store::view_store& rows,
                                             const std::function<bool(const v1::CaseState&)>& visit) {
    const rows::key all = rows::key('c');
    v1::CaseState state;
    bool broken = false;
    const auto error = rows.scan(all, all.past(), [&](std::string_view, std::string_view value) {
        broken = !state.ParseFromArray(value.data(), static_cast<int>(value.size()));
        return !broken && (cases::is_closed(state.status()) || visit(state));
    });
    return broken ? make_error_code(store::errc::failed) : error;
}

} // namespace tongban::ledger
