// 档案材料调取 between the children of a bundle, on its way to a record: which other child is meant stands in the parent's case,
// which evolve does not see.
#pragma once

#include "gateway/http/problem.hpp"
#include "gateway/intake/admission.hpp"

#include <optional>

namespace tongban::intake {

// The number of a request, and who replied, are the gateway's own words: dropped where anybody else says them.
void drop_words_of_gateway(v1::CaseEvent& event);

// A reply lists what it gives among its materials; what it does not is told, and refuses it.
void judge_given(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt);

// The child that a request of `standing` means: the only other one of its bundle that fits the number and the region it names,
// has been filed and has not ended without a result. Waits once for this replica to catch up. nullopt: there is none, or several,
// or the view cannot be read, or the event is no such request.
boost::asio::awaitable<std::optional<v1::SiblingCase>> sibling_asked(const v1::CaseEvent& event, const v1::CaseState& standing,
                                                                     ledger::ledger& ledger,
                                                                     std::chrono::steady_clock::time_point deadline);

// 409 where nothing but that stands in the request's way: it names the children that can be asked.
std::optional<http::problem> no_sibling(const v1::CaseEvent& event, const v1::CaseState& standing, const ledger::view& view);

// The child that is asked goes into the record, and into what is told of it; its digests stay those of what was said.
void keep_sibling(const std::optional<v1::SiblingCase>& sibling, v1::LedgerRecord& record);

} // namespace tongban::intake
