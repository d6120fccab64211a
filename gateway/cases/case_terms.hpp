// 办理条件: what of an item's version and of an agreement goes into the record of a filing, so that its case runs on under them.
#pragma once

#include "gateway/cases/catalogue_rules.hpp"

namespace tongban::cases {

// Of a judgement that does not refuse.
void fill_terms(const catalogue_judgement& judgement, v1::CaseTerms& terms);

} // namespace tongban::cases
