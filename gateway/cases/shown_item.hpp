// An item as it is shown to whoever may send it: with what follows from it beside what its table says.
#pragma once

#include "tongban/v1/catalogue.pb.h"

namespace tongban::cases {

// 即办件 is promised for the same day, 0, also where the table leaves the promise out.
inline v1::CatalogueItem with_promise(v1::CatalogueItem item) {
    if (item.case_type() == v1::CASE_TYPE_IMMEDIATE && !item.has_promise()) {
        item.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    }
    return item;
}

} // namespace tongban::cases
