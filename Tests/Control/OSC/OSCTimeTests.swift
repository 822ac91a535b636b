import Control
import TestSupport
import Testing

@Suite struct OSCTimeTests {
  @Test func timeTagsRoundTrip() {
    let time = OSCTime.now()
    for nanoseconds: UInt64 in [0, 1, 999_999_999, 1_000_000_000, 123_456_789_012_345] {
      let back = time.nanoseconds(of: time.tag(at: nanoseconds))!
      #expect(abs(Int64(back) - Int64(nanoseconds)) <= 1)
    }
  }

  @Test func oscTimeOfNowRoundTrips() {
    let moment = ControlLoop.now
    // The date may be disciplined between the two readings.
    let isClose = eventually {
      let back = OSCTime.now().nanoseconds(of: OSCTime.now().tag(at: moment))!
      return abs(Int64(back) - Int64(moment)) < 10_000_000
    }
    #expect(isClose)
  }

  @Test func timeTagsOfKnownDates() {
    // 2000-01-01 00:00:00.5 UTC; offset 0 makes the monotonic clock the Unix time.
    let time = OSCTime(offset: 0)
    #expect(time.nanoseconds(of: 0xBC17_C200_8000_0000) == 946_684_800_500_000_000)
    // 2036-02-07 06:28:16 UTC, where the seconds begin anew.
    #expect(time.nanoseconds(of: 0x0000_0000_4000_0000) == 2_085_978_496_250_000_000)
    #expect(time.tag(at: 2_085_978_496_250_000_000) == 0x4000_0000)
    #expect(time.nanoseconds(of: OSCTime.immediately) == nil)
    #expect(OSCTime(offset: 2_000_000_000_000_000_000).nanoseconds(of: 0xBC17_C200_8000_0000) == 0)
  }
}
