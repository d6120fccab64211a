// What a child of a bundle 一件事 is filed with: its part of the parent's filing, as the plan says. Pure.
#pragma once

#include "tongban/v1/event.pb.h"
#include "tongban/v1/ledger.pb.h"

#include <string>
#include <string_view>

namespace tongban::cases {

// The child's own filing: what the plan hands on of the parent's form and materials, and who applies. Nothing else.
v1::CaseEvent child_filing(const v1::CaseEvent& filed, const v1::BundleChild& child);

// Of the form's first field of that name, by what it means (plain_text.hpp); null when there is none.
const std::string* form_value(const v1::Dossier& dossier, std::string_view name);
// What the child knows it by: a field's name, a material's code.
const std::string& name_for_child(const v1::BundleField& one) noexcept;
// BundleField.from of what has no code of the bundle's: its place in the parent's dossier, from 0.
std::string material_place(int at);
std::string certificate_place(int at);

} // namespace tongban::cases
