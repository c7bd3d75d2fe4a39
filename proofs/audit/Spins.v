(* One spin, N spins, and the energy of Eq. 10; C7 for the paper's own RBM. *)

From Coq Require Import Reals List Lra Lia.
From audit Require Import Traces Mapping.
Import ListNotations.
Open Scope R_scope.

Definition up_down : list bool := [true; false].
Definition spin (s : bool) : R := if s then 1 else -1.

Lemma up_down_complete s : In s up_down.
Proof. destruct s; simpl; auto. Qed.

Lemma up_down_once : NoDup up_down.
Proof. repeat constructor; simpl; intuition congruence. Qed.

Definition one_spin : finite := Finite bool up_down up_down_complete up_down_once true.

(* All configurations of n spins, as lists. *)
Fixpoint configurations (n : nat) : list (list bool) :=
  match n with
  | O => [[]]
  | S m => map (cons true) (configurations m) ++ map (cons false) (configurations m)
  end.

Lemma configurations_complete n s : In s (configurations n) <-> length s = n.
Proof.
  revert s; induction n as [|n IH]; intros s; simpl.
  - split; [intros [<-|[]]; reflexivity|destruct s; [now left|easy]].
  - rewrite in_app_iff, !in_map_iff; split.
    + intros [[t [<- i]]|[t [<- i]]]; simpl; now rewrite (proj1 (IH t) i).
    + destruct s as [|[] s]; simpl; intros e; [easy|left|right]; exists s; (split; [easy|]); apply IH; lia.
Qed.

Lemma configurations_once n : NoDup (configurations n).
Proof.
  induction n as [|n IH]; simpl; [repeat constructor; easy|].
  assert (o : forall (b : bool) l, NoDup l -> NoDup (map (cons b) l)).
  { intros b l; induction 1 as [|s l i u IHu]; simpl; constructor; [|exact IHu].
    rewrite in_map_iff; intros [t [e j]]; congruence. }
  assert (disjoint : forall l, NoDup l -> NoDup (map (cons true) l ++ map (cons false) (configurations n))).
  { induction 1 as [|s l i u IHu]; simpl; [apply o, IH|constructor; [|exact IHu]].
    rewrite in_app_iff, !in_map_iff; intros [[t [e j]]|[t [e j]]]; congruence. }
  apply disjoint, IH.
Qed.

Lemma sum_configurations n f :
  sum_over (configurations (S n)) f = sum_over up_down (fun s => sum_over (configurations n) (fun l => f (s :: l))).
Proof. cbn [configurations]; rewrite sum_app, !sum_map; unfold up_down, sum_over at 3; simpl; ring. Qed.

(* The finite type of n spins: an index below 2^n would do as well; here, the lists of length n themselves. *)
Section Spins.
  Variable n : nat.
  Definition state := { s : list bool | Nat.eqb (length s) n = true }.

  Lemma state_equal (s t : state) : proj1_sig s = proj1_sig t -> s = t.
  Proof. destruct s as [s i], t as [t j]; simpl; intros e; subst t; f_equal; apply Eqdep_dec.UIP_dec, Bool.bool_dec. Qed.

  Lemma configuration_length s : In s (configurations n) -> Nat.eqb (length s) n = true.
  Proof. rewrite configurations_complete; apply PeanoNat.Nat.eqb_eq. Qed.

  Fixpoint states (l : list (list bool)) : (forall s, In s l -> Nat.eqb (length s) n = true) -> list state :=
    match l with
    | [] => fun _ => []
    | s :: l => fun p => exist _ s (p s (or_introl eq_refl)) :: states l (fun t i => p t (or_intror i))
    end.

  Lemma states_lists l p : map (@proj1_sig _ _) (states l p) = l.
  Proof. induction l as [|s l IH]; simpl; [reflexivity|now rewrite IH]. Qed.

  Let all := states (configurations n) configuration_length.

  Lemma states_complete s : In s all.
  Proof.
    assert (m : In (proj1_sig s) (map (@proj1_sig _ _) all)).
    { unfold all; rewrite states_lists; apply configurations_complete, PeanoNat.Nat.eqb_eq, proj2_sig. }
    apply in_map_iff in m as [t [e i]]; now rewrite <- (state_equal t s e).
  Qed.

  Lemma states_once : NoDup all.
  Proof. apply (NoDup_map_inv (@proj1_sig _ _)); unfold all; rewrite states_lists; apply configurations_once. Qed.

  Lemma all_up : Nat.eqb (length (repeat true n)) n = true.
  Proof. now rewrite repeat_length, PeanoNat.Nat.eqb_refl. Qed.

  Definition spins : finite := Finite state all states_complete states_once (exist _ (repeat true n) all_up).

  Lemma Tr_spins f : (Tr (fun s : spins => f (proj1_sig s))) = sum_over (configurations n) f.
  Proof. unfold Tr; simpl; now rewrite <- (states_lists _ configuration_length), sum_map. Qed.
End Spins.

(* Spin i of a configuration, i < n. *)
Definition at_ {n} (s : spins n) (i : nat) : R := spin (nth i (proj1_sig s) true).

Definition sum_below (n : nat) (f : nat -> R) : R := sum_over (seq 0 n) f.

(* Eq. 10, as printed. *)
Definition E_10 {N M} (b c : nat -> R) (w : nat -> nat -> R) (v : spins N) (h : spins M) : R :=
  sum_below M (fun j => b j * at_ h j)
  + sum_below N (fun i => sum_below M (fun j => at_ v i * w i j * at_ h j))
  + sum_below N (fun i => c i * at_ v i).

(* ---------------------------------------------------------------------------------------------------------------- *)

Lemma size_spins n : (Tr (fun _ : spins n => 1)) = 2 ^ n.
Proof.
  rewrite (Tr_spins n (fun _ => 1)); induction n as [|n IH]; [unfold sum_over; simpl; ring|].
  rewrite sum_configurations; cbn [pow]; rewrite <- IH; unfold up_down, sum_over at 1; simpl; ring.
Qed.

Lemma trace_spin n i : (i < n)%nat -> (Tr (fun s : spins n => at_ s i)) = 0.
Proof.
  intros b; unfold at_; rewrite (Tr_spins n (fun l => spin (nth i l true))); revert i b.
  induction n as [|n IH]; intros i b; [lia|].
  rewrite sum_configurations; destruct i as [|i]; simpl nth.
  - unfold up_down, sum_over at 1; cbn [map fold_right]; rewrite Rplus_0_r, <- sum_plus.
    rewrite <- (sum_zero (configurations n)); apply sum_ext; intros; simpl; ring.
  - unfold up_down, sum_over at 1; cbn [map fold_right]; rewrite IH by lia; ring.
Qed.

Lemma Tr_sum_below {A : finite} n (f : A -> nat -> R) :
  (Tr_ x, sum_below n (f x)) = sum_below n (fun i => Tr_ x, f x i).
Proof. apply sum_swap. Qed.

Lemma sum_below_zero n f : (forall i, (i < n)%nat -> f i = 0) -> sum_below n f = 0.
Proof.
  intros z; unfold sum_below; rewrite <- (sum_zero (seq 0 n)); unfold sum_over; f_equal.
  apply map_ext_in; intros i m; apply in_seq in m; apply z; lia.
Qed.

Lemma trace_E_10 N M b c w : (Tr (fun v : spins N => Tr (fun h : spins M => E_10 b c w v h))) = 0.
Proof.
  transitivity (Tr (fun v : spins N => Tr (fun _ : spins M => 1) * sum_below N (fun i => c i * at_ v i))).
  - apply Tr_ext; intros v; unfold E_10; rewrite !Tr_plus.
    assert (first : (Tr (fun h : spins M => sum_below M (fun j => b j * at_ h j))) = 0).
    { rewrite Tr_sum_below; apply sum_below_zero; intros j m; rewrite Tr_scale, trace_spin by exact m; ring. }
    assert (second : (Tr (fun h : spins M =>
              sum_below N (fun i => sum_below M (fun j => at_ v i * w i j * at_ h j)))) = 0).
    { rewrite Tr_sum_below; apply sum_below_zero; intros i _; rewrite Tr_sum_below; apply sum_below_zero; intros j m.
      rewrite Tr_scale, trace_spin by exact m; ring. }
    rewrite first, second, Rplus_0_l, Rplus_0_l, <- Tr_scale_r; apply Tr_ext; intros; ring.
  - rewrite Tr_scale, Tr_sum_below, sum_below_zero; [ring|].
    intros i m; rewrite Tr_scale, trace_spin by exact m; ring.
Qed.

(* C7: with E as in Eq. 10 and H without a constant, the mean of log q over the 2^N visible configurations is at least
   M log 2, whatever the parameters; T = -E + H (Eq. 18). *)
Theorem C7_paper N M b c w (H : spins N -> R) : Tr H = 0 ->
  let T := fun v (h : spins M) => - E_10 b c w v h + H v in
  INR M * ln 2 <= (Tr_ v, ln (q T v)) / 2 ^ N /\ ((1 <= M)%nat -> ~ exact_RG T).
Proof.
  intros noH T.
  assert (noE : (Tr_ v, Tr_ h, E H T v h) = 0).
  { rewrite <- (trace_E_10 N M b c w); apply Tr_ext; intros v; apply Tr_ext; intros h; unfold E, T; ring. }
  pose proof (C7 H T noH noE) as bound; rewrite !size_spins in bound; rewrite ln_pow in bound by lra.
  split; [exact bound|intros m e].
  apply (C7_never_exact H T noH noE); [|exact e]; rewrite size_spins; apply Rlt_pow_R1; [lra|lia].
Qed.
