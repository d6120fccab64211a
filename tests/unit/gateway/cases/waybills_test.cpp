// One parcel, however its number is written.
#include "gateway/cases/waybills.hpp"

#include <gtest/gtest.h>

namespace tongban::cases {
namespace {

TEST(Waybills, AreWrittenAlikeWhereverTheyStand) {
    v1::CaseEvent shipped;
    shipped.mutable_shipped_to_dest()->set_waybill(" ems\xEF\xBC\x91 2\xE3\x80\x80"); // full-width 1, ideographic blank
    shipped.mutable_dossier()->mutable_delivery()->set_waybill("sf-1");
    write_waybills_alike(shipped);
    EXPECT_EQ(shipped.shipped_to_dest().waybill(), "EMS1 2");
    EXPECT_EQ(shipped.dossier().delivery().waybill(), "SF-1");

    v1::CaseEvent received;
    received.mutable_paper_received()->set_waybill("Ems1");
    write_waybills_alike(received);
    EXPECT_EQ(received.paper_received().waybill(), "EMS1");
    EXPECT_FALSE(received.has_dossier());

    v1::CaseEvent other;
    other.mutable_dossier()->mutable_applicant();
    write_waybills_alike(other);
    EXPECT_FALSE(other.has_shipped_to_dest() || other.has_paper_received() || other.dossier().has_delivery());
}

} // namespace
} // namespace tongban::cases
