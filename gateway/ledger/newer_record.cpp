#include "gateway/ledger/newer_record.hpp"

#include "gateway/cases/case_clocks.hpp"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>

namespace tongban::ledger {

namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "tongban.record"; }
    std::string message(int) const override {
        return "账本中有更新版本写入的记录，请升级本程序 / the ledger holds a record of a newer version of Tongban: upgrade this one";
    }
};

// A message in a field after `last`: alternatives are added at the end, and each is a message.
bool holds_message_after(const google::protobuf::Message& in, int last) {
    const auto& unknown = in.GetReflection()->GetUnknownFields(in);
    for (int i = 0; i < unknown.field_count(); ++i) {
        const auto& field = unknown.field(i);
        if (field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED && field.number() > last) {
            return true;
        }
    }
    return false;
}

int last_of(const google::protobuf::OneofDescriptor& alternatives) {
    int last = 0;
    for (int i = 0; i < alternatives.field_count(); ++i) {
        last = std::max(last, alternatives.field(i)->number());
    }
    return last;
}

bool is_newer(const v1::DeliveryFact& fact) {
    static const int last = last_of(*v1::DeliveryFact::descriptor()->FindOneofByName("fact"));
    return fact.fact_case() == v1::DeliveryFact::FACT_NOT_SET && holds_message_after(fact, last);
}

bool is_newer(const v1::MaterialFact& fact) {
    static const int last = last_of(*v1::MaterialFact::descriptor()->FindOneofByName("what"));
    return fact.what_case() == v1::MaterialFact::WHAT_NOT_SET && holds_message_after(fact, last);
}

bool is_newer(const v1::CaseEvent& event) {
    static const int last = last_of(*v1::CaseEvent::descriptor()->FindOneofByName("body"));
    return event.body_case() == v1::CaseEvent::BODY_NOT_SET && holds_message_after(event, last);
}

} // namespace

const boost::system::error_category& record_category() noexcept {
    static const category one;
    return one;
}

bool is_of_newer_version(const v1::LedgerRecord& record) {
    if (record.clock_rules() > cases::clock_rules_now) {
        return true;
    }
    if (record.has_deliveries()) {
        return std::ranges::any_of(record.deliveries().facts(), [](const v1::DeliveryFact& fact) { return is_newer(fact); });
    }
    return record.has_material_fact() ? is_newer(record.material_fact()) : is_newer(record.event());
}

} // namespace tongban::ledger
