// Lists that stand in one cell: of codes, of situations, of materials with their rules, of conditions, of delegations. A part that
// stands in quotes ("x；y", "" is a quote) may hold what separates; what is written so is read as it was.
#pragma once

#include "connectors/dialects/sentence.hpp"
#include "tongban/v1/catalogue.pb.h"

#include <string>
#include <string_view>
#include <vector>

namespace tongban::catalogue {

// False when a line break or another control character stands in the text. As a name or a code it would look like another that is
// its equal, in every list and message that shows it.
bool is_one_line(std::string_view text);
dialects::sentence broken_line();

// Parts between 、 , ， ; ； | or line ends, trimmed, none empty.
std::vector<std::string_view> list_parts(std::string_view text);

// "01|购房；02|租房"
bool set_situations(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why);
std::string situations_text(const v1::CatalogueItem& item);

// "CL001|居民身份证|必要；CL002|购房合同|必要|容缺5个工作日|告知承诺|2份"
bool set_materials(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why);
std::string materials_text(const v1::CatalogueItem& item);

// 秒批: "婚姻状况=未婚,离异；户籍地；material:CL001"
bool set_conditions(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why);
std::string conditions_text(const v1::CatalogueItem& item);

// "11370800TT000012XL|济宁市行政审批服务局|002014008000,002014019000"; without codes: all items of the agreement.
bool set_delegations(v1::Agreement& agreement, std::string_view text, dialects::sentence& why);
std::string delegations_text(const v1::Agreement& agreement);

} // namespace tongban::catalogue
