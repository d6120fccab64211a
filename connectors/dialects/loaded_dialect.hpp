// The dialect interface over a compiled plan; tracing reaches the plan through it.
#pragma once

#include "connectors/dialects/plan.hpp"

namespace tongban::dialects {

class loaded_dialect final : public dialect {
public:
    explicit loaded_dialect(std::shared_ptr<const dialect_plan> plan) : plan_(std::move(plan)) {}

    const std::string& name() const override { return plan_->name; }
    const std::string& version() const override { return plan_->version; }
    boost::system::result<reading, refusal> read(const wire_message& message,
                                                 google::protobuf::Arena& arena) const override;
    boost::system::result<writing, refusal>
    write(std::span<const v1::CaseEvent* const> events) const override;
    wire_answer answer(const answer_input& input, const reading* from) const override;
    const push_call& call() const override { return plan_->push.call; }
    std::optional<judgement> judge(int http_status, std::string_view content_type,
                                   std::string_view body) const override;

    const dialect_plan& plan() const { return *plan_; }

private:
    std::shared_ptr<const dialect_plan> plan_;
};

} // namespace tongban::dialects
