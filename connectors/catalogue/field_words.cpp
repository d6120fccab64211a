// One table; the standard's code of a word stands beside it where it differs from the schema's number.
#include "connectors/catalogue/field_words.hpp"

#include "tongban/v1/catalogue.pb.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace tongban::catalogue {

namespace {

struct entry {
    const google::protobuf::EnumDescriptor* of;
    int number;
    std::initializer_list<std::string_view> words; // the first is written
};

const std::initializer_list<entry>& entries() {
    static const auto* type = v1::ItemType_descriptor();
    static const auto* level = v1::AuthorityLevel_descriptor();
    static const auto* scope = v1::ServiceScope_descriptor();
    static const auto* mode = v1::BusinessMode_descriptor();
    static const auto* case_type = v1::CaseType_descriptor();
    static const auto* depth = v1::OnlineDepth_descriptor();
    static const auto* versions = v1::VersionRule_descriptor();
    static const auto* source = v1::MaterialSource_descriptor();
    static const auto* consequence = v1::OwedConsequence_descriptor();
    static const std::initializer_list<entry> all = {
        {type, v1::ITEM_TYPE_ADMINISTRATIVE_POWER, {"行政权力", "00"}},
        {type, v1::ITEM_TYPE_LICENCE, {"行政许可", "许可", "01"}},
        {type, v1::ITEM_TYPE_PENALTY, {"行政处罚", "处罚", "02"}},
        {type, v1::ITEM_TYPE_COMPULSION, {"行政强制", "强制", "03"}},
        {type, v1::ITEM_TYPE_LEVY, {"行政征收", "征收", "04"}},
        {type, v1::ITEM_TYPE_PAYMENT, {"行政给付", "给付", "05"}},
        {type, v1::ITEM_TYPE_INSPECTION, {"行政检查", "检查", "06"}},
        {type, v1::ITEM_TYPE_CONFIRMATION, {"行政确认", "确认", "07"}},
        {type, v1::ITEM_TYPE_REWARD, {"行政奖励", "奖励", "08"}},
        {type, v1::ITEM_TYPE_ADJUDICATION, {"行政裁决", "裁决", "09"}},
        {type, v1::ITEM_TYPE_OTHER_POWER, {"其他行政权力", "其他", "10"}},
        {type, v1::ITEM_TYPE_PUBLIC_SERVICE, {"公共服务", "20"}},
        {level, v1::AUTHORITY_LEVEL_NATION, {"国家级", "国家", "1"}},
        {level, v1::AUTHORITY_LEVEL_PROVINCE, {"省级", "省", "2"}},
        {level, v1::AUTHORITY_LEVEL_CITY, {"市级", "市", "3"}},
        {level, v1::AUTHORITY_LEVEL_COUNTY, {"县级", "县", "区级", "4"}},
        {level, v1::AUTHORITY_LEVEL_TOWN, {"镇级", "镇", "乡级", "街道", "5"}},
        {level, v1::AUTHORITY_LEVEL_VILLAGE, {"村级", "村", "社区", "6"}},
        {level, v1::AUTHORITY_LEVEL_GRADED, {"分级行使", "分级", "7"}},
        {scope, v1::SERVICE_SCOPE_NATIONAL, {"全国", "全国通办"}},
        {scope, v1::SERVICE_SCOPE_CROSS_PROVINCE, {"跨省", "跨省通办"}},
        {scope, v1::SERVICE_SCOPE_CROSS_CITY, {"跨市", "跨市通办", "全省通办"}},
        {scope, v1::SERVICE_SCOPE_CROSS_COUNTY, {"跨县", "跨县通办", "跨区县", "全市通办"}},
        {mode, v1::BUSINESS_MODE_FULL_ONLINE, {"全程网办", "1"}},
        {mode, v1::BUSINESS_MODE_COLLECT_FOR_OTHER, {"异地代收代办", "代收代办", "2"}},
        {mode, v1::BUSINESS_MODE_JOINT, {"多地联办", "3"}},
        {case_type, v1::CASE_TYPE_IMMEDIATE, {"即办件", "1"}},
        {case_type, v1::CASE_TYPE_COMMITMENT, {"承诺件", "2"}},
        {case_type, v1::CASE_TYPE_OTHER, {"其他", "9"}},
        {depth, v1::ONLINE_DEPTH_INFORMATION, {"信息发布", "1"}},
        {depth, v1::ONLINE_DEPTH_APPOINTMENT, {"网上预约", "2"}},
        {depth, v1::ONLINE_DEPTH_FILING, {"网上申报", "网上预审", "网上受理", "3"}},
        {depth, v1::ONLINE_DEPTH_FULL, {"全程网办", "4"}},
        {versions, v1::VERSION_RULE_REJECT, {"退回", "拒绝"}},
        {versions, v1::VERSION_RULE_WARN, {"提醒", "警告"}},
        {source, v1::MATERIAL_SOURCE_UPLOAD, {"上传", "申请人自备"}},
        {source, v1::MATERIAL_SOURCE_LICENCE, {"电子证照"}},
        {source, v1::MATERIAL_SOURCE_PAPER, {"纸质"}},
        {source, v1::MATERIAL_SOURCE_COMMITMENT, {"告知承诺"}},
        {source, v1::MATERIAL_SOURCE_SHARED, {"部门共享", "政府部门核发"}},
        {consequence, v1::OWED_CONSEQUENCE_NO_CERTIFICATE, {"不予发证"}},
        {consequence, v1::OWED_CONSEQUENCE_CASE_ENDS, {"终止办理"}},
        {consequence, v1::OWED_CONSEQUENCE_REVOCATION, {"撤销决定"}},
    };
    return all;
}

// "commitment" and "case_type_commitment" for CASE_TYPE_COMMITMENT.
bool is_name(std::string_view name, std::string_view word) {
    if (word.size() > name.size() || word.empty()) {
        return false;
    }
    const auto tail = name.substr(name.size() - word.size());
    const bool whole = word.size() == name.size() || name[name.size() - word.size() - 1] == '_';
    return whole && std::equal(tail.begin(), tail.end(), word.begin(), [](char a, char b) {
               return a == std::toupper(static_cast<unsigned char>(b)) || (a == '_' && b == '-');
           });
}

} // namespace

int number_of_word(const google::protobuf::EnumDescriptor& words, std::string_view word) {
    for (const auto& one : entries()) {
        if (one.of == &words && std::find(one.words.begin(), one.words.end(), word) != one.words.end()) {
            return one.number;
        }
    }
    // A part of a name is taken when it is one value's only: COUNTY is not CROSS_COUNTY's.
    int found = -1;
    for (int i = 0; i < words.value_count(); ++i) {
        const auto& value = *words.value(i);
        if (value.number() != 0 && is_name(value.name(), word)) {
            if (found >= 0) {
                return -1;
            }
            found = value.number();
        }
    }
    return found;
}

std::string_view word_of_number(const google::protobuf::EnumDescriptor& words, int number) {
    for (const auto& one : entries()) {
        if (one.of == &words && one.number == number) {
            return *one.words.begin();
        }
    }
    return {};
}

std::string known_words(const google::protobuf::EnumDescriptor& words) {
    std::string all;
    for (const auto& one : entries()) {
        if (one.of == &words) {
            all += (all.empty() ? "" : ", ") + std::string(*one.words.begin());
        }
    }
    return all;
}

} // namespace tongban::catalogue
