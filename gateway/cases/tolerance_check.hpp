// 容缺受理 against the catalogue: which materials of the item may be accepted as missing, and on which terms. Pure.
#pragma once

#include "gateway/cases/catalogue.hpp"
#include "gateway/cases/findings.hpp"
#include "tongban/v1/view.pb.h"

#include <vector>

namespace tongban::cases {

// What the item version of the case says against the acceptance; empty where no catalogue or no such version stands.
std::vector<v1::Violation> judge_tolerance(const catalogue& known, const v1::CaseState& standing,
                                           const v1::CaseAccepted& accepted, const source_path_of& source_path);

// What is said to be brought stops the lapse while the destination is silent: it has to be there, on paper or as a file, by its
// code or its name.
std::vector<v1::Violation> judge_brought(const v1::CaseState& standing, const v1::CaseEvent& event,
                                         const source_path_of& source_path);

// What the acceptance leaves open (name, limit, consequence) is filled in from the item, and what was missing at the filing and it
// does not name is added: both sides read what is owed in what was said.
void fill_owed(const catalogue& known, const v1::CaseState& standing, v1::CaseAccepted& accepted);

} // namespace tongban::cases
