// Places of faults: the field when it was marked, else what holds it, else the entry.
#include "connectors/catalogue/draft.hpp"

#include <algorithm>

namespace tongban::catalogue {

namespace {

const field_mark* mark_of(const entry_source& at, std::string_view path) {
    for (;;) {
        const auto found = std::ranges::find(at.marks, path, &field_mark::path);
        if (found != at.marks.end()) {
            return &*found;
        }
        const auto cut = path.find_last_of(".[");
        if (cut == std::string_view::npos) {
            return nullptr;
        }
        path = path.substr(0, cut);
    }
}

} // namespace

v1::CatalogueItem& draft::add_item(entry_source at) {
    items.push_back(std::move(at));
    return contents.add_item();
}

v1::Agreement& draft::add_agreement(entry_source at) {
    agreements.push_back(std::move(at));
    contents.header.set_agreements_listed(true);
    return contents.add_agreement();
}

v1::CatalogueBundle& draft::add_bundle(entry_source at) {
    bundles.push_back(std::move(at));
    return contents.add_bundle();
}

bool draft::any_wrong() const {
    return std::any_of(mistakes.begin(), mistakes.end(), [](const auto& one) { return !one.warning; });
}

std::string draft::name_of(cases::catalogue_fault::subject of, std::size_t position) const {
    switch (of) {
    case cases::catalogue_fault::subject::item:
        return contents.items[position]->impl_code() + '@' + contents.items[position]->version();
    case cases::catalogue_fault::subject::bundle:
        return contents.bundles[position]->code() + '@' + contents.bundles[position]->version();
    default:
        return contents.agreements[position]->id();
    }
}

dialects::mistake draft::placed(const cases::catalogue_fault& fault) const {
    using subject = cases::catalogue_fault::subject;
    dialects::mistake told;
    told.message = {fault.zh, fault.en};
    told.warning = fault.warning;
    told.field = fault.field;
    told.line = 1;
    told.column = 1;
    const auto& sources = fault.of == subject::item ? items : fault.of == subject::bundle ? bundles : agreements;
    if (fault.of == subject::whole || fault.position >= sources.size()) {
        told.file = files.empty() ? "" : files.front();
        return told;
    }
    const auto& at = sources[fault.position];
    const auto* mark = mark_of(at, fault.field);
    told.file = files[mark != nullptr ? mark->file.value_or(at.file) : at.file];
    told.line = mark != nullptr ? mark->line : at.line;
    told.column = mark != nullptr ? mark->column : at.column;
    const auto name = name_of(fault.of, fault.position);
    told.field = name + (fault.field.empty() ? "" : '.' + fault.field);
    return told;
}

} // namespace tongban::catalogue
