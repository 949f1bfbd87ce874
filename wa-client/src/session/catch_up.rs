//! The search for messages that arrived while nobody watched. Pure.
//!
//! The page is asked one question at a time, and every search has an end, whatever the page answers.

/// Questions of one search. What the page still has then is left to the next one.
const MAX_QUESTIONS: u32 = 1_000;
/// After so many searches in a row that could not look through everything, the rest is given up.
const INCOMPLETE_SEARCHES: u32 = 3;

/// One question of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Search {
    /// The document that is asked.
    pub(super) epoch: u64,
    pub(super) since: i64,
    /// Events were lost, so what was told as live is wanted as well.
    pub(super) lost: bool,
}

/// What an answer holds, beside the messages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) empty: bool,
    pub(super) truncated: bool,
    /// Chats that could not be looked through.
    pub(super) failed: u32,
}

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The same search goes on behind the answer.
    More(Search),
    /// Another search is wanted.
    Again,
    /// Everything that came has been looked through, or nobody can.
    Complete { given_up: bool },
    /// Something is left for the next search.
    Incomplete,
    /// What was found is welcome, but says nothing about the rest.
    Nothing,
}

#[derive(Debug, Default)]
pub(super) struct CatchUp {
    /// A question is in the page.
    asked: bool,
    /// What it finds closes the gap: no new one has opened since the search began.
    whole: bool,
    /// Questions of the present search.
    questions: u32,
    /// Events were lost since the last search began.
    lost: bool,
    /// Another search is wanted as soon as the page has answered.
    again: bool,
    /// Searches in a row that could not look through some chat.
    incomplete: u32,
}

impl CatchUp {
    /// Whether a search can begin now. If not, one follows when the page has answered, unless the present one will do.
    pub(super) fn wants(&mut self, lost: bool) -> bool {
        self.lost |= lost;
        self.again |= self.asked && (lost || !self.whole);
        !self.asked
    }

    /// A search begins: this is its question.
    pub(super) fn begin(&mut self, epoch: u64, since: i64) -> Search {
        (self.asked, self.whole, self.questions, self.again) = (true, true, 1, false);
        Search { epoch, since, lost: std::mem::take(&mut self.lost) }
    }

    /// A question is under way.
    pub(super) fn is_asking(&self) -> bool {
        self.asked
    }

    /// There was nobody to ask.
    pub(super) fn not_asked(&mut self) {
        self.asked = false;
    }

    /// The page may miss messages from now on, so what is being found closes nothing.
    pub(super) fn spoil(&mut self) {
        self.whole = false;
    }

    /// The page has answered; `found` is what, `None` that it failed. `present`: it is still the same document.
    pub(super) fn answered(&mut self, search: Search, found: Option<Found>, present: bool) -> Next {
        self.asked = false;
        if std::mem::take(&mut self.again) {
            // A search that is cut off has not told of what was lost.
            self.lost |= search.lost;
            return Next::Again;
        }
        if !present || !self.whole {
            return Next::Nothing;
        }
        let Some(found) = found else {
            self.lost |= search.lost;
            return Next::Incomplete;
        };
        if found.truncated && !found.empty && self.questions < MAX_QUESTIONS {
            self.questions += 1;
            self.asked = true;
            return Next::More(search);
        }
        self.incomplete = if found.failed == 0 && !found.truncated { 0 } else { self.incomplete + 1 };
        if self.incomplete > 0 && self.incomplete < INCOMPLETE_SEARCHES {
            self.lost |= search.lost;
            return Next::Incomplete;
        }
        // To look back ever further for what the page cannot load would only make each search longer.
        let given_up = std::mem::take(&mut self.incomplete) > 0;
        Next::Complete { given_up }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MORE: Option<Found> = Some(Found { empty: false, truncated: true, failed: 0 });
    const END: Option<Found> = Some(Found { empty: false, truncated: false, failed: 0 });

    #[test]
    fn one_question_at_a_time_however_many_events_are_lost() {
        let mut catch_up = CatchUp::default();
        assert!(catch_up.wants(false));
        let first = catch_up.begin(1, 100);
        assert!(!first.lost);
        for _ in 0..1_000 {
            assert!(!catch_up.wants(true), "a second question beside the first");
        }
        assert_eq!(catch_up.answered(first, MORE, true), Next::Again, "what was lost is behind what is being found");
        assert!(catch_up.wants(false));
        let second = catch_up.begin(1, 100);
        assert!(second.lost);
        assert_eq!(catch_up.answered(second, END, true), Next::Complete { given_up: false }, "once for all of them");
        assert!(catch_up.wants(false));
        assert!(!catch_up.begin(1, 100).lost);
    }

    #[test]
    fn a_page_that_always_has_more_is_not_asked_for_ever() {
        let mut catch_up = CatchUp::default();
        let mut asked = 0;
        for searches in 1..=INCOMPLETE_SEARCHES {
            assert!(catch_up.wants(false));
            let search = catch_up.begin(1, 100);
            asked += 1;
            let mut next = catch_up.answered(search, MORE, true);
            while let Next::More(search) = next {
                asked += 1;
                next = catch_up.answered(search, MORE, true);
            }
            let last = searches == INCOMPLETE_SEARCHES;
            assert_eq!(next, if last { Next::Complete { given_up: true } } else { Next::Incomplete });
        }
        assert_eq!(asked, MAX_QUESTIONS * INCOMPLETE_SEARCHES);
        let search = catch_up.begin(1, 100);
        let stuck = Some(Found { empty: true, truncated: true, failed: 0 });
        assert_eq!(catch_up.answered(search, stuck, true), Next::Incomplete, "more, but nothing in it");
    }

    #[test]
    fn a_connection_that_comes_and_goes_makes_no_second_question() {
        let mut catch_up = CatchUp::default();
        catch_up.wants(false);
        let search = catch_up.begin(1, 100);
        for _ in 0..100 {
            catch_up.spoil();
            assert!(!catch_up.wants(false));
        }
        assert_eq!(catch_up.answered(search, END, true), Next::Again);
        assert!(catch_up.wants(false));
        let search = catch_up.begin(1, 100);
        catch_up.spoil();
        assert_eq!(catch_up.answered(search, END, true), Next::Nothing, "it may have missed what came since");
    }

    #[test]
    fn what_was_lost_is_asked_for_until_it_was_found() {
        let mut catch_up = CatchUp::default();
        assert!(catch_up.wants(true));
        let search = catch_up.begin(1, 100);
        assert!(search.lost);
        assert_eq!(catch_up.answered(search, None, true), Next::Incomplete);
        assert!(catch_up.begin(1, 100).lost);
    }

    proptest! {
        #[test]
        fn never_two_questions(steps in prop::collection::vec((0_u8..4, any::<bool>(), any::<bool>(), 0_u32..2), 0..200)) {
            let mut catch_up = CatchUp::default();
            let mut open: Vec<Search> = Vec::new();
            for (step, a, b, failed) in steps {
                match step {
                    0 => if catch_up.wants(a) { open.push(catch_up.begin(1, 0)) },
                    1 => catch_up.spoil(),
                    _ => if let Some(search) = open.pop() {
                        let found = Found { empty: a, truncated: b, failed };
                        if let Next::More(search) = catch_up.answered(search, (step == 2).then_some(found), a) {
                            open.push(search);
                        }
                    },
                }
                prop_assert!(open.len() <= 1);
                prop_assert_eq!(catch_up.asked, open.len() == 1);
            }
        }
    }
}
